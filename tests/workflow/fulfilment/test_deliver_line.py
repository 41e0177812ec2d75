"""Deliveries that wait, are retried, are abandoned, go through a merchant's own system, and are revoked."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core.errors import Conflict
from app.core.ids import show
from app.core.money import Money
from app.domain.fulfilment.models import Delivery
from app.domain.orders import types
from app.domain.orders.models import OrderLine
from app.domain.payments.channels.types import Outcome
from app.domain.payments.types import RefundLineCommand
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.fulfilment import deliver_line
from app.workflow.orders import place_order
from app.workflow.payments import record_result, refund_order
from tests.factories.deliveries import keys, refund_ends, sell_keys, try_now
from tests.factories.merchant import MerchantSystem, delivery_of, sell_through
from tests.factories.shop import Shop


def test_each_key_is_sold_once(shop: Shop) -> None:
    sell_keys(shop, "A-1", "A-2", "A-3")

    first, second = shop.paid_order(2), shop.paid_order(1)

    assert shop.order(first).status == shop.order(second).status == "fulfilled"
    sold = {key.delivery_id for key in keys(shop, "delivered")}
    assert len(sold) == 2
    assert keys(shop, "free") == []
    with pytest.raises(Conflict, match="Not enough"):
        shop.place()


def test_keys_that_a_buyer_saw_are_revoked_with_the_refund(shop: Shop) -> None:
    sell_keys(shop, "A-1", "A-2")
    order_id = shop.paid_order()

    shop.refund(order_id)
    refund_ends(shop, order_id)

    assert shop.order(order_id).status == "refunded"
    assert len(keys(shop, "revoked")) == 1
    assert shop.place()
    with pytest.raises(Conflict):
        shop.place()


def test_the_merchants_system_delivers_and_takes_back(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    system.answers = [(200, {"text": "Your seat: 12 B"})]

    order_id = shop.paid_order(2)
    assert shop.order(order_id).status == "fulfilling"
    try_now(shop, order_id)

    assert shop.order(order_id).status == "fulfilled"
    assert delivery_of(shop, order_id).answer == {"text": "Your seat: 12 B"}
    [result] = system.received
    assert (result["action"], result["quantity"], result["order_id"]) == ("deliver", 2, show("ord", order_id))

    shop.refund(order_id)
    refund_ends(shop, order_id)
    assert delivery_of(shop, order_id).status == "revoking"
    try_now(shop, order_id)

    assert delivery_of(shop, order_id).status == "revoked"
    assert [each["action"] for each in system.received] == ["deliver", "revoke"]


def test_a_system_that_is_down_is_tried_again_with_the_same_id(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    system.answers = [(503, {}), (429, {})]
    order_id = shop.paid_order()

    for _ in range(3):
        try_now(shop, order_id)

    assert shop.order(order_id).status == "fulfilled"
    assert len(system.ids) == 3
    assert len(set(system.ids)) == 1


def test_two_tries_at_once_call_once(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    order_id = shop.paid_order()
    due = delivery_of(shop, order_id).id

    with ThreadPoolExecutor(4) as pool:
        tried = list(pool.map(lambda _: deliver_line.try_again(shop.business_id, due), range(4)))

    assert sorted(tried) == [False, False, False, True]
    assert len(system.received) == 1


def test_an_order_refunded_before_its_delivery_is_never_delivered(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    order_id = shop.paid_order()

    shop.refund(order_id)
    try_now(shop, order_id)
    refund_ends(shop, order_id)

    assert system.received == []
    assert delivery_of(shop, order_id).status == "revoked"


def test_a_line_refunded_before_its_delivery_is_not_delivered(shop: Shop) -> None:
    first_sku, second = shop.sku_id, SkuCommand(code="TWO", name="2 months", price_minor=500, currency="USD")
    second_sku = manage_catalog.add_sku(shop.business_id, shop.product_id, second)
    items = [types.OrderItem(first_sku, 1), types.OrderItem(second_sku, 1)]
    command = types.PlaceOrderCommand(items=items, buyer=types.Buyer(reference="buyer-1"))
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    lines = shop.many(select(OrderLine.__table__).where(OrderLine.order_id == order_id).order_by(OrderLine.position))

    refund_line(shop, order_id, lines[0].id)
    shop.work_off()

    assert shop.order(order_id).status == "fulfilled"
    assert [each.line_id for each in shop.many(select(Delivery.__table__))] == [lines[1].id]
    assert len(shop.entitlements()) == 1


def test_an_order_is_fulfilled_when_the_line_it_waited_for_is_refunded(shop: Shop, system: MerchantSystem) -> None:
    order_id, (_, waiting) = order_that_waits(shop, system)
    assert shop.order(order_id).status == "fulfilling"

    refund_line(shop, order_id, waiting)
    shop.work_off()

    assert shop.order(order_id).status == "fulfilled"


def test_an_order_is_fulfilled_when_it_waits_no_more_and_a_refund_of_the_rest_fails(
    shop: Shop, system: MerchantSystem
) -> None:
    order_id, lines = order_that_waits(shop, system)
    shop.script("refund", "http_500", times=2)
    values, waiting = (shop.refund_attempt(refund_line(shop, order_id, line)) for line in lines)
    assert shop.order(order_id).status == "refunding"

    outcome = Outcome(status="succeeded", amount=Money(waiting.amount_minor, "USD"))
    record_result.record(shop.business_id, waiting.id, outcome, source="query")
    shop.work_off()
    record_result.record(shop.business_id, values.id, Outcome(status="failed"), source="query")
    shop.work_off()

    assert shop.order(order_id).status == "fulfilled"


def order_that_waits(shop: Shop, system: MerchantSystem) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A paid order of membership time, which is given, and of goods that the merchant's system has not delivered; its
    lines in this order."""
    items = [types.OrderItem(shop.sku_id, 1)]
    sell_through(shop, system)
    items.append(types.OrderItem(shop.sku_id, 1))
    command = types.PlaceOrderCommand(items=items, buyer=types.Buyer(reference="buyer-1"))
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    lines = shop.many(select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.position))
    return order_id, [line.id for line in lines]


def refund_line(shop: Shop, order_id: uuid.UUID, line_id: uuid.UUID) -> uuid.UUID:
    lines = [RefundLineCommand(line_id=line_id, quantity=1)]
    return refund_order.refund_order(
        shop.business_id, order_id, amount_minor=None, lines=lines, reason="asked", actor="test"
    )
