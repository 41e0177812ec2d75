"""Coupons of refunded orders: back once, and only by their template's rule."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db.models import OutboxEvent
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.marketing.models import CouponTemplate, CouponUse
from app.domain.marketing.types import DiscountLimits
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.workflow.marketing.issue_coupons import issue_coupon
from app.workflow.marketing.return_coupons import return_coupons
from app.workflow.orders.place_order import place_order
from tests.factories.coupons import active_template, coupons_of
from tests.factories.shop import Shop


def test_an_order_that_keeps_its_money_keeps_its_coupons(shop: Shop) -> None:
    _template(shop)
    placed = _order(shop)
    return_coupons(shop.business_id, placed)
    before = [use.released for use in _uses(shop)]
    paid = _paid(shop, placed)
    shop.refund(paid, 100)

    return_coupons(shop.business_id, paid)

    assert (before, [use.released for use in _uses(shop)], _returned(shop)) == ([False], [False], [])


def test_several_at_once_and_a_repeat_give_a_coupon_back_once(shop: Shop) -> None:
    template_id = _template(shop)
    order_id = _refunded(shop)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: return_coupons(shop.business_id, order_id), range(4)))
    return_coupons(shop.business_id, order_id)

    assert [event.payload["coupon_template_id"] for event in _returned(shop)] == [str(template_id)]
    template = shop.one(select(CouponTemplate.__table__).where(CouponTemplate.id == template_id))
    assert (template.uses, template.spent_minor) == (0, 0)


def test_of_two_coupons_only_the_one_whose_rule_says_so_goes_back(shop: Shop) -> None:
    kept = active_template(shop.business_id, shared_code="KEPT", refund_rule="keep", limits=DiscountLimits(max_uses=9))
    single = active_template(shop.business_id, off_bps=500, refund_rule="return", limits=DiscountLimits(max_uses=9))
    issue_coupon(shop.business_id, single, buyer=None, actor="test")
    [coupon] = coupons_of(shop)
    order_id = _refunded(shop, "KEPT", coupon.code)

    return_coupons(shop.business_id, order_id)

    assert {use.template_id: use.released for use in _uses(shop)} == {kept: False, single: True}
    assert [(each.status, each.order_id) for each in coupons_of(shop)] == [("issued", None)]
    assert shop.order(_order(shop, coupon.code)).total_minor == 950


def test_there_is_nothing_to_give_back_of_an_order_that_is_not_there(shop: Shop, new_shop: Any) -> None:
    _template(shop)
    order_id = _refunded(shop)

    for business_id, missing in ((shop.business_id, new_id()), (new_shop().business_id, order_id)):
        with pytest.raises(NotFound):
            return_coupons(business_id, missing)

    assert _returned(shop) == []


def _template(shop: Shop) -> uuid.UUID:
    return active_template(
        shop.business_id, shared_code="BACK", refund_rule="return", limits=DiscountLimits(max_uses=9)
    )


def _order(shop: Shop, *codes: str) -> uuid.UUID:
    command = PlaceOrderCommand(
        items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="ann"), coupon_codes=codes or ("BACK",)
    )
    return place_order(shop.business_id, command)


def _paid(shop: Shop, order_id: uuid.UUID) -> uuid.UUID:
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def _refunded(shop: Shop, *codes: str) -> uuid.UUID:
    """An order whose money is back, and of which no handler has heard."""
    order_id = _paid(shop, _order(shop, *codes))
    shop.refund(order_id)
    assert shop.order(order_id).status == "refunded"
    return order_id


def _uses(shop: Shop) -> list[Any]:
    return list(shop.many(select(CouponUse.__table__)))


def _returned(shop: Shop) -> list[Any]:
    table = OutboxEvent.__table__
    mine = table.c.business_id == shop.business_id, table.c.topic == "coupon.returned"
    return list(shop.many(select(table).where(*mine)))
