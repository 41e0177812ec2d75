"""What cannot be delivered is paid back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.domain.fulfilment.service import RETRY_PAUSES_S
from app.domain.payments.errors import NotRefundable
from app.workflow.payments import refund_undelivered
from tests.factories.deliveries import refund_ends, try_now
from tests.factories.merchant import MerchantSystem, delivery_of, sell_through
from tests.factories.shop import Shop


def try_to_the_end(shop: Shop, order_id: uuid.UUID) -> None:
    for _ in range(len(RETRY_PAUSES_S) + 1):
        try_now(shop, order_id)


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
