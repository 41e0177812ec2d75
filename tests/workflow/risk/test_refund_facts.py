"""What is known of a refund: counted as it is, by buyer, mailbox and device, of the order and of whoever asks."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.ids import show
from app.core.money import Money
from app.domain.fulfilment.models import DownloadRight, Entitlement
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.risk import rules
from app.domain.risk.types import Condition, DecisionSubject, KeptFacts, Result, RuleSet
from app.workflow.fulfilment import fetch_file, manage_files
from app.workflow.orders import place_order
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.merchant import sell
from tests.factories.people import make_user
from tests.factories.risk import decisions, make_rule_set, refund_by, refund_rule
from tests.factories.shop import Shop


def bought(shop: Shop, buyer: str = "buyer-1", *, email: str | None = None, device: str | None = None) -> uuid.UUID:
    """An order that was paid and delivered, of somebody who is known so well."""
    command = PlaceOrderCommand(
        items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference=buyer, email=email, device=device)
    )
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def facts(shop: Shop) -> dict[str, Any]:
    return dict(decisions(shop)[-1].facts)


@pytest.fixture
def actor(shop: Shop) -> str:
    """A member of the team, of a shop that tries rules about refunds in shadow."""
    make_rule_set(shop, refund_rule("block"))
    return show("usr", make_user(shop.business_id).user_id)


def test_a_first_refund_knows_little(shop: Shop, actor: str) -> None:
    refund_by(shop, bought(shop), actor, amount_minor=250)

    assert facts(shop) == {
        "refund_amount": 250,
        "refund_percent": 25,
        "minutes_since_payment": 0,
        "downloads": 0,
        "has_licence_key": False,
        "membership_used_percent": 0,
        "buyer_refunds_30d": 1,
        "buyer_refunded_30d": 250,
        "buyer_refund_percent_365d": 100,
        "buyer_same_reason_90d": 1,
        "buyer_undelivered_90d": 0,
        "buyer_disputes_365d": 0,
        "email_refunds_30d": None,
        "email_refunded_buyers_30d": None,
        "device_refunds_30d": None,
        "device_refunded_buyers_30d": None,
        "is_to_requester": None,
        "currency": "USD",
        "hour": facts(shop)["hour"],
        "first_order_days": 0,
        "has_email": False,
        "on_allow_list": False,
        "on_watch_list": False,
        "on_block_list": False,
    }


def test_refunds_of_a_buyer_add_up_and_those_of_the_system_do_not(shop: Shop, actor: str) -> None:
    orders = [bought(shop) for _ in range(4)]
    refund_by(shop, orders[0], actor, reason="not_delivered")
    refund_by(shop, orders[1], "system", reason="not_delivered")
    refund_by(shop, bought(shop, "buyer-2"), actor, reason="not_delivered")
    refund_by(shop, orders[2], actor, amount_minor=100)

    refund_by(shop, orders[2], actor, amount_minor=200, reason="not_delivered")

    names = ("refund_percent", "buyer_refunds_30d", "buyer_refunded_30d", "buyer_refund_percent_365d",
             "buyer_same_reason_90d", "buyer_undelivered_90d")  # fmt: skip
    assert [facts(shop)[name] for name in names] == [30, 2, 1_300, 50, 2, 2]


def test_windows_end(shop: Shop, actor: str, clock: Any) -> None:
    refund_by(shop, bought(shop), actor, reason="not_delivered")
    order_id = bought(shop)
    clock.move(40 * 86_400)

    refund_by(shop, order_id, actor, reason="not_delivered")

    names = ("buyer_refunds_30d", "buyer_refunded_30d", "buyer_refund_percent_365d", "buyer_undelivered_90d")
    assert [facts(shop)[name] for name in names] == [1, 1_000, 100, 2]
    assert facts(shop)["minutes_since_payment"] // 1440 == 40
    assert facts(shop)["first_order_days"] == 40


def test_mailboxes_and_devices_join_buyers(shop: Shop, actor: str) -> None:
    for number in range(3):
        order_id = bought(shop, f"b-{number}", email=f"jo+{number}@mail.example", device="phone-1")
        refund_by(shop, order_id, actor, amount_minor=100)
        refund_by(shop, order_id, actor, amount_minor=100)

    names = ("email_refunds_30d", "email_refunded_buyers_30d", "device_refunds_30d", "device_refunded_buyers_30d")
    assert [facts(shop)[name] for name in names] == [3, 3, 3, 3]


def test_a_refund_to_whoever_requests_it_is_seen(shop: Shop, actor: str) -> None:
    login = make_user(shop.business_id)
    order_id = bought(shop, email=login.email.replace("@", "+me@").upper())

    refund_by(shop, order_id, show("usr", login.user_id), amount_minor=100)
    own = facts(shop)["is_to_requester"]
    refund_by(shop, order_id, actor, amount_minor=100)

    assert (own, facts(shop)["is_to_requester"]) == (True, False)


def test_downloads_of_the_order_count(shop: Shop, actor: str) -> None:
    files: list[uuid.UUID] = []
    about: dict[str, Any] = {"name": "file.txt", "actor": "test", "sku_id": None}
    sell(
        shop,
        "download",
        before_sale=lambda product_id: files.append(
            manage_files.add_file(shop.business_id, product_id, io.BytesIO(b"one"), **about)
        ),
    )
    order_id = bought(shop)
    right_id = shop.one(select(DownloadRight.__table__)).id
    other = bought(shop)
    for _ in range(2):
        fetch_file.open_link(fetch_file.make_link(shop.business_id, "buyer-1", right_id, files[0]))

    refund_by(shop, other, actor)
    none = facts(shop)["downloads"]
    refund_by(shop, order_id, actor)

    assert none == 0
    assert facts(shop)["downloads"] >= 1


def test_disputes_of_the_buyer_count(shop: Shop, actor: str) -> None:
    _, attempt_id = paid_attempt(shop)
    Disputes(shop).open(attempt_id)

    refund_by(shop, bought(shop), actor)

    assert facts(shop)["buyer_disputes_365d"] == 1


def test_membership_time_that_is_over_counts(shop: Shop, actor: str, clock: Any) -> None:
    order_id = bought(shop)
    ends_at = shop.one(select(Entitlement.__table__)).ends_at
    days = (ends_at - shop.order(order_id).paid_at).days
    seen = []

    for moved in (0, days // 2, days):
        clock.move(moved * 86_400)
        refund_by(shop, order_id, actor, amount_minor=100)
        seen.append(facts(shop)["membership_used_percent"])

    assert seen[0] == 0
    assert 45 <= seen[1] <= 50
    assert seen[2] == 100


def test_an_amount_is_compared_in_its_currency_only() -> None:
    tried = RuleSet(rules=(refund_rule("block", Condition("refund_amount", "at_least", 100, "USD")),))
    money = Money(200, "EUR")
    known: KeptFacts = {"refund_amount": money.minor, "currency": money.currency}

    assert rules.decide(known, tried, DecisionSubject.REFUND).result == Result.ALLOW
    assert rules.decide(known | {"currency": "USD"}, tried, DecisionSubject.REFUND).result == Result.BLOCK
    assert rules.decide(known | {"currency": "USD"}, tried).result == Result.ALLOW
