"""Deliveries that wait, are retried, are abandoned, go through a merchant's own system, and are revoked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid
from app.core.ids import show
from app.core.money import Money
from app.core.security import crypto
from app.domain.fulfilment.models import Delivery, LicenceKey
from app.domain.fulfilment.service import RETRY_PAUSES_S
from app.domain.orders import types
from app.domain.orders.models import OrderLine
from app.domain.payments.channels.types import Outcome
from app.domain.payments.errors import NotRefundable
from app.domain.payments.types import RefundLineCommand
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.fulfilment import deliver_line, manage_delivery
from app.workflow.orders import place_order
from app.workflow.payments import record_result, refund_order, refund_undelivered
from tests.factories.merchant import MerchantSystem, delivery_of, merchant_system, sell, sell_through
from tests.factories.shop import Shop


@pytest.fixture
def system() -> Iterator[MerchantSystem]:
    with merchant_system() as running:
        yield running


def sell_keys(shop: Shop, *texts: str) -> None:
    sell(shop, "licence_key")
    if texts:
        add_keys(shop, *texts)


def add_keys(shop: Shop, *texts: str) -> manage_delivery.Added:
    return manage_delivery.add_licence_keys(shop.business_id, shop.product_id, shop.sku_id, texts)


def keys(shop: Shop, status: str) -> list[Any]:
    return list(shop.many(select(LicenceKey.__table__).where(LicenceKey.status == status)))


def try_now(shop: Shop, order_id: uuid.UUID) -> None:
    deliver_line.try_again(shop.business_id, delivery_of(shop, order_id).id, force=True)


def try_to_the_end(shop: Shop, order_id: uuid.UUID) -> None:
    for _ in range(len(RETRY_PAUSES_S) + 1):
        try_now(shop, order_id)


def refund_ends(shop: Shop, order_id: uuid.UUID) -> None:
    shop.work_off()
    [refund] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(refund.id).id)
    shop.work_off()


def test_each_key_is_sold_once(shop: Shop) -> None:
    sell_keys(shop, "A-1", "A-2", "A-3")

    first, second = shop.paid_order(2), shop.paid_order(1)

    assert shop.order(first).status == shop.order(second).status == "fulfilled"
    sold = {key.delivery_id for key in keys(shop, "delivered")}
    assert len(sold) == 2
    assert keys(shop, "free") == []
    with pytest.raises(Conflict, match="Not enough"):
        shop.place()


def test_a_key_comes_into_the_pool_once_and_is_sealed_there(shop: Shop) -> None:
    sell_keys(shop)

    assert add_keys(shop, "K-1", " K-1 ", "", "K-2") == manage_delivery.Added(2, 0)
    assert add_keys(shop, "K-2", "K-3") == manage_delivery.Added(1, 1)

    assert not [key for key in keys(shop, "free") if crypto.key_of(key.ciphertext) is None]
    with pytest.raises(Invalid):
        add_keys(shop, " ")


def test_orders_that_wait_for_keys_get_them_when_there_are_some(shop: Shop) -> None:
    sell_keys(shop, "A-1")
    order_id = shop.place()
    [key] = keys(shop, "free")
    with pytest.raises(Conflict, match="reserve all remaining keys"):
        manage_delivery.revoke_licence_key(shop.business_id, key.id, actor="test")
    add_keys(shop, "A-2", "A-3")
    for each in keys(shop, "free")[:2]:
        manage_delivery.revoke_licence_key(shop.business_id, each.id, actor="test")
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert shop.order(order_id).status == "fulfilled"


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


def test_what_the_system_refuses_is_paid_back(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    system.answers = [(410, {})]
    order_id = shop.paid_order()

    try_now(shop, order_id)
    refund_ends(shop, order_id)

    assert shop.order(order_id).status == "refunded"
    assert delivery_of(shop, order_id).status == "failed"


def test_an_abandoned_delivery_is_revoked_there_and_refunded(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    order_id = shop.paid_order()
    system.answers = [(500, {})] * (len(RETRY_PAUSES_S) + 1)

    try_to_the_end(shop, order_id)
    assert delivery_of(shop, order_id).status == "revoking"
    refund_ends(shop, order_id)
    try_now(shop, order_id)

    assert shop.order(order_id).status == "refunded"
    assert delivery_of(shop, order_id).status == "revoked"
    assert system.received[-1]["action"] == "revoke"


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


def test_calls_are_signed_with_the_secret_that_was_made_last(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    before = system.secret
    order_id = shop.paid_order()
    system.secret = manage_delivery.roll_callback_secret(shop.business_id, shop.product_id)

    try_now(shop, order_id)

    assert system.secret != before
    assert shop.order(order_id).status == "fulfilled"


@pytest.mark.parametrize("url", ["ftp://example.com/x", "http://user:pw@example.com/", "https:///nowhere", "nonsense"])
def test_an_address_that_cannot_be_called_is_refused(shop: Shop, url: str) -> None:
    sell(shop, "callback")

    with pytest.raises(Invalid):
        manage_delivery.set_callback(shop.business_id, shop.product_id, url)


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


def test_what_is_left_of_a_line_refunded_in_part_meanwhile_goes_back_too(
    shop: Shop, system: MerchantSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell_through(shop, system)
    system.answers = [(410, {})]
    order_id = shop.paid_order()
    try_now(shop, order_id)
    real = refund_undelivered.refund_order

    def after_another(*values: Any, **named: Any) -> uuid.UUID:
        shop.refund(order_id, 400)
        return real(*values, **named)

    with monkeypatch.context() as patch:
        patch.setattr(refund_undelivered, "refund_order", after_another)
        with pytest.raises(NotRefundable):
            refund_undelivered.refund_undelivered(shop.business_id, order_id, delivery_of(shop, order_id).id)
    shop.work_off()

    assert shop.order(order_id).status == "refunded"


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
