"""Coupons with orders: reserved, used, released, and limits that hold when many use them at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.domain.marketing.errors import CouponRefused
from app.domain.marketing.kinds import FirstPurchase, FullReduction, Percentage, Scope, Step
from app.domain.marketing.models import Coupon, CouponTemplate, CouponUse
from app.domain.marketing.types import DiscountLimits
from app.domain.orders.models import OrderLine
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.workflow.catalog.manage_catalog import SkuCommand, add_sku
from app.workflow.marketing import issue_coupons, manage_coupons
from app.workflow.orders import place_order
from app.workflow.orders.close_orders import close_order
from tests.factories.coupons import active_template
from tests.factories.promotions import active_promotion
from tests.factories.shop import Shop

TENTH = Percentage(off_bps=1000)


def test_a_coupon_is_held_with_the_order_and_used_when_it_is_paid(shop: Shop) -> None:
    template_id = active_template(shop.business_id)
    coupon_id = issue(shop, template_id)

    order_id = place(shop, code_of(shop, coupon_id).lower().replace("-", " "))
    held = coupon(shop, coupon_id)
    pay(shop, order_id)

    assert (held.status, held.order_id, coupon(shop, coupon_id).status) == ("reserved", order_id, "used")
    assert (shop.order(order_id).total_minor, shop.order(order_id).status) == (900, "fulfilled")
    [use] = uses(shop)
    assert (use.spent_minor, use.explanation, use.used, use.released) == (100, "10% off $10.00", True, False)


def test_what_a_closed_order_held_can_be_used_again(shop: Shop) -> None:
    template_id = active_template(shop.business_id, limits=DiscountLimits(max_uses=1))
    coupon_id = issue(shop, template_id)
    first = place(shop, code_of(shop, coupon_id))

    close_order(shop.business_id, first, reason="cancelled", actor="test")
    again = place(shop, code_of(shop, coupon_id))

    assert (coupon(shop, coupon_id).order_id, template(shop, template_id).uses) == (again, 1)


@pytest.mark.parametrize(("rule", "status", "released"), [("keep", "used", False), ("return", "issued", True)])
def test_a_full_refund_gives_it_back_by_rule(shop: Shop, rule: Any, status: str, released: bool) -> None:
    template_id = active_template(shop.business_id, refund_rule=rule, limits=DiscountLimits(max_uses=5))
    coupon_id = issue(shop, template_id)
    order_id = place(shop, code_of(shop, coupon_id))
    pay(shop, order_id)

    shop.refund(order_id, 100)
    shop.work_off()
    after_a_part = coupon(shop, coupon_id).status
    shop.refund(order_id)
    shop.work_off()

    assert (after_a_part, coupon(shop, coupon_id).status) == ("used", status)
    assert (uses(shop)[0].released, template(shop, template_id).uses) == (released, 0 if released else 1)


def test_why_a_code_cannot_be_used(shop: Shop) -> None:
    template_id = active_template(shop.business_id)
    anns, old, removed, taken = (issue(shop, template_id, buyer=buyer) for buyer in ("ann", None, None, None))
    manage_coupons.revoke_coupon(shop.business_id, removed, reason="lost", actor="test")
    place(shop, code_of(shop, taken))
    with db.phase("test.old", shop.business_id):
        db.write(db.change(Coupon, old, expires_at=clock.now() - timedelta(seconds=1)))
    active_template(shop.business_id, shared_code="LATER", starts_at=clock.now() + timedelta(hours=1))
    big = FullReduction(steps=(Step(5000, 500),))
    active_template(shop.business_id, big, shared_code="BIG", currency="USD")
    paused = active_template(shop.business_id, shared_code="PAUSE")
    manage_coupons.transition_template(shop.business_id, paused, "paused", actor="test")
    why = {
        "NOPE": "unknown_code",
        code_of(shop, anns): "other_buyer",
        code_of(shop, old): "ended",
        code_of(shop, removed): "revoked",
        code_of(shop, taken): "reserved",
        "LATER": "not_started",
        "BIG": "below_minimum",
        "PAUSE": "not_active",
    }

    found = {}
    for code in why:
        with pytest.raises(CouponRefused) as refused:
            place(shop, code, buyer="bob")
        found[code] = refused.value.details["reason"]

    assert found == why
    assert shop.order(place(shop, code_of(shop, anns), buyer="ann")).total_minor == 900


def test_two_coupons_go_together_but_not_two_of_one_kind(shop: Shop) -> None:
    template_id = active_template(shop.business_id)
    one, two = (code_of(shop, issue(shop, template_id)) for _ in range(2))
    active_template(shop.business_id, shared_code="HALF", off_bps=5000)

    with pytest.raises(CouponRefused) as refused:
        place(shop, one, two)
    order_id = place(shop, "half", one)

    assert refused.value.details["reason"] == "excluded"
    assert shop.order(order_id).total_minor == 450
    assert [line.discount_minor for line in shop.many(select(OrderLine.__table__))] == [550]


def test_a_buyer_is_known_again_by_account_mail_and_device(shop: Shop) -> None:
    active_template(
        shop.business_id,
        shared_code="ONCE",
        limits=DiscountLimits(max_uses_per_buyer=1),
        identify_by=frozenset({"account", "email", "device"}),
    )
    place(shop, "ONCE", buyer="ann", email="a.n.n+1@gmail.com", device="d3v1ce-0001")

    again = [
        {"buyer": "ann"},
        {"buyer": "eve", "email": "Ann@googlemail.com"},
        {"buyer": "joe", "device": "d3v1ce-0001"},
    ]
    for each in again:
        with pytest.raises(CouponRefused) as refused:
            place(shop, "ONCE", **each)
        assert refused.value.details["reason"] == "buyer_uses_spent"

    assert shop.order(place(shop, "ONCE", buyer="bob", email="an.n@example.com")).total_minor == 900


def test_uses_and_budget_hold_when_many_use_a_code_at_once(shop: Shop) -> None:
    template_id = active_template(
        shop.business_id, shared_code="RUSH", currency="USD", limits=DiscountLimits(max_uses=6, budget_minor=550)
    )

    def race(number: int) -> int:
        try:
            return int(shop.order(place(shop, "RUSH", buyer=f"b{number}")).total_minor)
        except CouponRefused:
            return 1000

    with ThreadPoolExecutor(12) as pool:
        totals = sorted(pool.map(race, range(12)))

    assert totals == [900] * 5 + [950] + [1000] * 6
    assert (template(shop, template_id).uses, template(shop, template_id).spent_minor) == (6, 550)


@pytest.mark.parametrize(
    "more", [{"limits": DiscountLimits(max_uses_per_buyer=1)}, {"benefit": FirstPurchase(off_bps=1000)}]
)
def test_one_buyer_and_one_single_code_win_once(shop: Shop, more: dict[str, Any]) -> None:
    template_id = active_template(shop.business_id, shared_code="MINE", **more)
    single = code_of(shop, issue(shop, active_template(shop.business_id)))

    def race(number: int) -> str:
        try:
            place(shop, *(("MINE",) if number % 2 else (single,)), buyer="ann" if number % 2 else f"b{number}")
            return "won"
        except CouponRefused:
            return "lost"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(race, range(8)))

    assert (outcomes[1::2].count("won"), outcomes[::2].count("won")) == (1, 1)
    assert template(shop, template_id).uses == 0  # nothing that all buyers share is counted


def test_one_order_of_a_buyer_gets_what_is_for_a_first_purchase(shop: Shop) -> None:
    command = SkuCommand(code="TWO", name="1 year", price_minor=1000, currency="USD", stock=None, delivery_days=365)
    other = add_sku(shop.business_id, shop.product_id, command)
    for sku_id in (shop.sku_id, other):  # rules that know nothing of each other
        scope = Scope(sku_ids=frozenset({sku_id}))
        active_promotion(shop.business_id, FirstPurchase(off_bps=1000), scope=scope)
    active_template(shop.business_id, FirstPurchase(off_bps=500), shared_code="WELCOME")

    def race(number: int) -> uuid.UUID:
        items, codes = [OrderItem((shop.sku_id, other)[number % 2], 1)], ("WELCOME",) if number % 3 else ()
        command = PlaceOrderCommand(items=items, buyer=Buyer(reference="ann"), coupon_codes=codes, leaves_coupons=True)
        return place_order.place_order(shop.business_id, command)

    with ThreadPoolExecutor(6) as pool:
        orders = list(pool.map(race, range(6)))
    lower = [order_id for order_id in orders if shop.order(order_id).total_minor < 1000]

    assert len(lower) == 1
    for order_id in orders:
        close_order(shop.business_id, order_id, reason="cancelled", actor="test")
    assert shop.order(race(0)).total_minor == 900


def test_another_account_of_the_same_address_has_no_second_first_purchase(shop: Shop) -> None:
    active_template(shop.business_id, FirstPurchase(off_bps=1000), shared_code="WELCOME")
    place(shop, "WELCOME", buyer="ann", email="ann@example.com")

    with pytest.raises(CouponRefused) as refused:
        place(shop, "WELCOME", buyer="ann-2", email="Ann+2@example.com")

    assert refused.value.details["reason"] == "buyer_uses_spent"


def place(
    shop: Shop, *codes: str, buyer: str = "buyer-1", email: str | None = None, device: str | None = None
) -> uuid.UUID:
    who = Buyer(reference=buyer, email=email, device=device)
    return place_order.place_order(
        shop.business_id, PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=who, coupon_codes=codes)
    )


def pay(shop: Shop, order_id: uuid.UUID) -> None:
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()


def issue(shop: Shop, template_id: uuid.UUID, *, buyer: str | None = None) -> uuid.UUID:
    who = Buyer(reference=buyer) if buyer else None
    return issue_coupons.issue_coupon(shop.business_id, template_id, buyer=who, actor="test")


def code_of(shop: Shop, coupon_id: uuid.UUID) -> str:
    return str(coupon(shop, coupon_id).code)


def coupon(shop: Shop, coupon_id: uuid.UUID) -> Any:
    return shop.one(select(Coupon.__table__).where(Coupon.id == coupon_id))


def template(shop: Shop, template_id: uuid.UUID) -> Any:
    return shop.one(select(CouponTemplate.__table__).where(CouponTemplate.id == template_id))


def uses(shop: Shop) -> list[Any]:
    return list(shop.many(select(CouponUse.__table__)))
