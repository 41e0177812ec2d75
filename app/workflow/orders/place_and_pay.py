"""Placing an order and beginning to pay it, in one phase where nothing outside has to be held in between."""

from __future__ import annotations

import uuid
from functools import partial

from app.core import db
from app.core.db.retry import in_phase
from app.core.last_read import LastRead
from app.domain.orders.types import PlaceOrderCommand
from app.domain.payments.types import NOTHING_FROM_WALLET, WalletPortion
from app.workflow.orders import reserve_remotely
from app.workflow.payments import pay_order
from app.workflow.steps.orders.lock_order import LOCKED, lock_order
from app.workflow.steps.orders.write_order import write_order
from app.workflow.steps.payments.begin_payment import Begun, is_paid_free, reserve
from app.workflow.steps.payments.check_capacity import check_capacity


def place_and_pay(
    business_id: uuid.UUID,
    command: PlaceOrderCommand,
    *,
    order_id: uuid.UUID,
    is_new: bool = False,
    then: LastRead[None] | None = None,
    channel: str | None,
    request_id: uuid.UUID | None = None,
    scene: str = "web",
    return_url: str | None = None,
    from_wallet: WalletPortion = NOTHING_FROM_WALLET,
) -> uuid.UUID:
    """Place the order and start paying it, with one phase for both unless the merchant's own system has to hold
    something in between; the order's id. With `is_new`, there can be no such order yet. `then` is read in the phase
    that ends the beginning of a payment, unless it ends otherwise. Raises as both do."""
    begin = partial(
        reserve,
        channel=channel,
        scene=scene,
        return_url=return_url,
        request_id=request_id,
        from_wallet=from_wallet,
    )
    check_capacity(business_id, channel)

    def place() -> tuple[bool, Begun | None]:
        known = None if is_new else db.first(LOCKED, order=order_id)
        order = known or write_order(order_id, command)
        if is_paid_free(order):
            return False, None
        return order.needs_remote_reservation, None if order.needs_remote_reservation else begin(order)

    needs_remote_reservation, reserved = in_phase("place_and_pay.reserve", business_id, place)
    if needs_remote_reservation:
        reserve_remotely.reserve(business_id, order_id)
        reserved = in_phase("place_and_pay.pay", business_id, lambda: begin(lock_order(order_id)))
    if reserved is not None:
        pay_order.call(business_id, reserved, then=then)
    return order_id
