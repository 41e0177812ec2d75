"""Promotions at work: what an order costs, what its lines have off, and limits that hold when many buy at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.marketing.kinds import Bundle, FirstPurchase, FullReduction, MemberPrice, Part, Percentage, Scope, Step
from app.domain.marketing.models import Promotion, PromotionUse
from app.domain.marketing.types import DiscountLimits, DiscountRule
from app.domain.orders.errors import PriceChanged
from app.domain.orders.models import OrderLine
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.checkout import checkouts
from app.workflow.catalog.manage_catalog import SkuCommand, add_sku
from app.workflow.checkout import confirm_checkout, open_checkout
from app.workflow.marketing import manage_promotions
from app.workflow.orders import place_order
from app.workflow.orders.close_orders import close_order
from tests.factories.business import make_promotion
from tests.factories.shop import Shop

TENTH = Percentage(off_bps=1000)


def test_a_promotion_lowers_what_is_paid_and_what_can_be_refunded(shop: Shop) -> None:
    promotion_id = _active(shop, TENTH)
    order_id = shop.paid_order(3)

    shop.refund(order_id)
    shop.work_off()

    order, [line] = shop.order(order_id), _lines(shop, order_id)
    assert (order.total_minor, order.paid_minor, order.refunded_minor) == (2700, 2700, 2700)
    assert (line.unit_price_minor, line.discount_minor, line.amount_minor) == (1000, 300, 2700)
    assert [(each.promotion_id, each.spent_minor, each.explanation) for each in _uses(shop)] == [
        (promotion_id, 300, "10% off $30.00")
    ]


def test_discounts_of_several_lines_stand_on_each_of_them(shop: Shop) -> None:
    other = add_sku(
        shop.business_id, shop.product_id, SkuCommand(code="TWO", name="2 months", price_minor=1800, currency="USD")
    )
    parts = tuple(Part(Scope(sku_ids=frozenset({sku_id}))) for sku_id in (shop.sku_id, other))
    _active(shop, Bundle(parts=parts, price_minor=2500), currency="USD")

    order_id = _place(shop, OrderItem(other, 1), OrderItem(shop.sku_id, 2))

    # 28.00 for 25.00: 3.00 by 18 : 10.
    assert {(line.sku_id, line.discount_minor) for line in _lines(shop, order_id)} == {(other, 193), (shop.sku_id, 107)}
    assert shop.order(order_id).total_minor == 3500


def test_the_last_place_among_active_promotions_goes_to_one_of_many_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage_promotions, "MAX_ACTIVE_PROMOTIONS", 1)
    drafts = [make_promotion(shop.business_id) for _ in range(6)]

    def turn_on(promotion_id: uuid.UUID) -> None:
        with suppress(Conflict):
            manage_promotions.transition_promotion(shop.business_id, promotion_id, "active", actor="test")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(turn_on, drafts))

    assert sorted(_promotion(shop, each).status for each in drafts) == ["active", *["draft"] * 5]


def test_uses_and_budget_hold_when_many_buy_at_once(shop: Shop) -> None:
    promotion_id = _active(shop, TENTH, currency="USD", limits=DiscountLimits(max_uses=6, budget_minor=550))

    with ThreadPoolExecutor(12) as pool:
        orders = list(pool.map(lambda number: shop.place(buyer=f"b{number}"), range(12)))

    totals = sorted(shop.order(order_id).total_minor for order_id in orders)
    assert totals == [900] * 5 + [950] + [1000] * 6
    assert (_promotion(shop, promotion_id).uses, _promotion(shop, promotion_id).spent_minor) == (6, 550)


def test_who_buys_other_goods_waits_for_no_limited_promotion(shop: Shop) -> None:
    other = add_sku(shop.business_id, shop.product_id, SkuCommand(code="B", name="B", price_minor=500, currency="USD"))
    elsewhere = Scope(sku_ids=frozenset({other}))
    promotion_id = _active(shop, TENTH, scope=elsewhere, limits=DiscountLimits(max_uses=5))

    with ThreadPoolExecutor() as pool, db.phase("test.hold", shop.business_id):
        db.run(select(Promotion.id).where(Promotion.id == promotion_id).with_for_update())
        order_id = pool.submit(shop.place).result(timeout=30)

    assert shop.order(order_id).total_minor == 1000


def test_what_an_unpaid_order_used_of_it_can_be_used_again(shop: Shop) -> None:
    promotion_id = _active(shop, TENTH, limits=DiscountLimits(max_uses=1))
    first = shop.place()

    close_order(shop.business_id, first, reason="cancelled", actor="test")

    assert shop.order(shop.place()).total_minor == 900
    assert _promotion(shop, promotion_id).uses == 1


@pytest.mark.parametrize(
    ("benefit", "more"),
    [(FirstPurchase(off_bps=1000), {}), (TENTH, {"limits": DiscountLimits(max_uses_per_buyer=1)})],
)
def test_once_for_each_buyer(shop: Shop, benefit: Any, more: dict[str, Any]) -> None:
    _active(shop, benefit, **more)

    with ThreadPoolExecutor(4) as pool:
        orders = list(pool.map(lambda _: shop.place(buyer="ann"), range(4)))

    assert sorted(shop.order(order_id).total_minor for order_id in orders) == [900, 1000, 1000, 1000]
    assert shop.order(shop.place(buyer="bob")).total_minor == 900


def test_the_panel_shows_the_price_that_is_charged_or_another_one_is_not(shop: Shop) -> None:
    _active(shop, MemberPrice(off_bps=2500), buyer_groups=frozenset({"members"}))
    promotion_id = _active(shop, FullReduction(steps=(Step(1500, 100),)), currency="USD")
    buyer = Buyer(reference="ann", groups=("members",))
    session_id = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 2)], buyer=buyer
    ).session_id
    seen = checkouts.snapshot(shop.business_id, session_id)

    manage_promotions.transition_promotion(shop.business_id, promotion_id, "paused", actor="test")
    with pytest.raises(PriceChanged):
        _confirm(shop, session_id, seen["total_minor"])
    manage_promotions.transition_promotion(shop.business_id, promotion_id, "active", actor="test")
    order_id = _confirm(shop, session_id, seen["total_minor"])

    after = checkouts.snapshot(shop.business_id, session_id)
    assert [each["amount_minor"] for each in seen["discounts"]] == [500, 100]
    assert (seen["unit_price_minor"], seen["total_minor"]) == (1000, 1400)
    assert {name: after[name] for name in ("discounts", "unit_price_minor", "total_minor")} == {
        name: seen[name] for name in ("discounts", "unit_price_minor", "total_minor")
    }
    assert shop.order(order_id).total_minor == 1400


def _active(shop: Shop, benefit: Any, **more: Any) -> uuid.UUID:
    rule = DiscountRule(id=new_id(), name="Sale", benefit=benefit, **more)
    manage_promotions.create_promotion(shop.business_id, rule, actor="test")
    manage_promotions.transition_promotion(shop.business_id, rule.id, "active", actor="test")
    return rule.id


def _place(shop: Shop, *items: OrderItem) -> uuid.UUID:
    return place_order.place_order(shop.business_id, PlaceOrderCommand(items=items, buyer=Buyer(reference="ann")))


def _confirm(shop: Shop, session_id: uuid.UUID, seen_minor: int) -> uuid.UUID:
    return confirm_checkout.confirm_checkout(
        shop.business_id, session_id, channel="simulator", agreements=[], seen_minor=seen_minor
    )


def _lines(shop: Shop, order_id: uuid.UUID) -> list[Any]:
    return list(shop.many(select(OrderLine.__table__).where(OrderLine.order_id == order_id)))


def _uses(shop: Shop) -> list[Any]:
    return list(shop.many(select(PromotionUse.__table__)))


def _promotion(shop: Shop, promotion_id: uuid.UUID) -> Any:
    return shop.one(select(Promotion.__table__).where(Promotion.id == promotion_id))
