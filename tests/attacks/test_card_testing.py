"""Somebody tries 200 cards, each under another name, from one address: few reach the company, and whoever buys beside
them is not bothered."""

from __future__ import annotations

from sqlalchemy import select

from app.core.errors import TooMany
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.domain.risk.errors import RiskBlocked
from app.workflow.checkout import confirm_checkout, open_checkout
from tests.factories.risk import decisions, make_rule_set, starter
from tests.factories.shop import Shop

TRIES, HONEST = 200, 20


def buy(shop: Shop, buyer: str, address: str, *, email: str) -> str:
    """How a payment began: at the company, or not at all."""
    session = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference=buyer, email=email)
    )
    try:
        confirm_checkout.confirm_checkout(
            shop.business_id, session.session_id, channel="simulator", agreements=[], buyer_ip=address
        )
    except RiskBlocked:
        return "blocked"
    except TooMany:
        return "slowed"
    return "begun"


def test_of_two_hundred_cards_few_reach_the_company(shop: Shop) -> None:
    make_rule_set(shop, *starter("card_testing"), to="on")
    stolen: list[str] = []
    honest: list[str] = []

    for number in range(TRIES):
        stolen.append(buy(shop, f"name-{number}", "203.0.113.66", email=f"name-{number}@mail.example"))
        if stolen[-1] == "begun":
            newest = shop.many(select(PaymentAttempt.id).order_by(PaymentAttempt.id.desc()).limit(1))[0].id
            shop.decline(newest)
            shop.poll(newest)
        if number % (TRIES // HONEST) == 0:
            honest.append(buy(shop, f"buyer-{number}", f"198.51.100.{number}", email=f"b{number}@mail.example"))

    assert len(stolen) == TRIES
    assert stolen.count("begun") <= 10
    assert stolen.count("blocked") == TRIES - stolen.count("begun")
    assert honest == ["begun"] * HONEST
    assert len([row for row in decisions(shop) if row.result == "block"]) == stolen.count("blocked")
    shop.audit()
