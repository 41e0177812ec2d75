"""The process is stopped dead while a buyer changes an order: it closed or it did not, and the buyer goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.read.checkout import checkouts
from app.workflow.checkout import change_order, confirm_checkout, open_checkout
from tests.factories.shop import Shop


@pytest.mark.parametrize("point", ["change_order.close.before_commit", "change_order.close.after"])
def test_changing_an_order(
    new_shop: Callable[..., Shop], dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    shop = new_shop(stock=1)
    buyer = Buyer(reference="buyer-1")
    session_id = open_checkout.open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=buyer
    ).session_id

    def confirm() -> uuid.UUID:
        return confirm_checkout.confirm_checkout(shop.business_id, session_id, channel="simulator", agreements=[])

    order_id = confirm()
    attempt_id = shop.one(select(PaymentAttempt.id)).id
    shop.decline(attempt_id)
    shop.poll(attempt_id)

    dies(shop, "change", order_id, at=point)

    change_order.change_order(shop.business_id, session_id, order_id=order_id, actor="buyer")
    confirm()
    carry_on(shop, approve=True)
    assert (shop.order(order_id).status, shop.order(order_id).close_reason) == ("closed", "changed_by_buyer")
    assert checkouts.snapshot(shop.business_id, session_id)["status"] == "succeeded"
    shop.audit()
