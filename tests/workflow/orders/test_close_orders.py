"""Orders that nobody pays in time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import ModuleType

import httpx
import pytest

from app.core.ids import show
from app.domain.catalog.errors import OutOfStock
from app.domain.orders.errors import OrderState
from app.workflow.orders import close_orders
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def test_an_order_not_paid_in_time_is_closed_and_its_stock_is_free(
    new_shop: Callable[..., Shop], clock: ModuleType
) -> None:
    shop = new_shop(stock=1)
    order_id = shop.place()
    with pytest.raises(OutOfStock):
        shop.place()
    clock.move(1801)

    close_orders.close_due()

    assert (shop.order(order_id).status, shop.order(order_id).close_reason) == ("closed", "expired")
    shop.place()
    shop.audit()


def test_a_payment_that_could_not_be_closed_in_time_is_closed_when_it_is_polled(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.script("close", "http_500", out_trade_no=show("att", attempt_id), times=1)
    clock.move(2500)
    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")
    assert (shop.order(order_id).status, shop.attempt(attempt_id).status) == ("closed", "unknown")

    shop.poll(attempt_id)

    assert shop.attempt(attempt_id).status == "cancelled"
    with pytest.raises(httpx.HTTPStatusError):  # nobody can pay it any more
        shop.approve(attempt_id)


def test_money_for_a_closed_order_goes_back_by_itself(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.script("close", "http_500", out_trade_no=show("att", attempt_id), times=9)
    clock.move(1801 + 601)
    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")
    assert shop.order(order_id).status == "closed"
    shop.approve(attempt_id)

    shop.notice(attempt_id)
    shop.work_off()

    [back] = shop.refunds(order_id)
    assert (back.status, back.amount_minor) == ("succeeded", 1000)
    assert shop.order(order_id).status == "closed"
    assert [shop.balance(kind) for kind in ("unapplied", "channel_clearing", "merchant_payable")] == [0, 0, 0]
    assert shop.entitlements() == []


def test_an_order_that_cannot_be_closed_does_not_hold_up_the_others(
    shop: Shop, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_ids = [shop.place() for _ in range(3)]
    clock.move(1801)
    really = close_orders.close_order

    def close(business_id: uuid.UUID, order_id: uuid.UUID, **more: str) -> str:
        if order_id == order_ids[0]:
            raise RuntimeError("its channel cannot be read")
        return really(business_id, order_id, **more)

    monkeypatch.setattr(close_orders, "close_order", close)

    close_orders.close_due()

    assert [shop.order(order_id).status for order_id in order_ids] == ["created", "closed", "closed"]


def test_a_paid_order_cannot_be_closed(shop: Shop) -> None:
    order_id = shop.paid_order()

    with pytest.raises(OrderState):
        close_orders.close_order(shop.business_id, order_id, reason="cancelled", actor="test")
