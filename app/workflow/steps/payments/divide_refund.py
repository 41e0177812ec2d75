"""How much a refund gives back, of which lines, and to which sources: the same for a preview and for the refund."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core.errors import Invalid
from app.core.ids import show
from app.core.money import Money
from app.domain.orders.models import Order
from app.domain.orders.states import REFUNDABLE
from app.domain.payments.attempt_rows import PaidAttempt
from app.domain.payments.disputes import service as disputes
from app.domain.payments.errors import NotRefundable
from app.domain.payments.types import LinePart, RefundLineCommand
from app.workflow.steps.orders import refund_lines


def check_refundable(order: Order, sources: Sequence[PaidAttempt]) -> None:
    """Whether the order is in a state, and was paid by something, that can be refunded.

    Raises:
        NotRefundable: it is not.
    """
    if order.status not in REFUNDABLE or not sources:
        raise NotRefundable("not_refundable", f"This order is {order.status}; nothing can be refunded.")


def check_undisputed(order_id: uuid.UUID) -> None:
    """In the caller's transaction: whether the payment company has no hand on the order's money.

    Raises:
        NotRefundable: the company holds it until a dispute is decided, or has given it to the buyer.
    """
    dispute = disputes.taken_of(order_id)
    if dispute is None:
        return
    text = "The payment company gave the money of this order to the buyer after a dispute."
    if dispute.held_minor:
        text = "The payment company holds the money of this order until a dispute is decided."
    raise NotRefundable("payment_disputed", text, details={"dispute_id": show("dsp", dispute.id)})


def divide_refund(
    order: Order, sources: Sequence[PaidAttempt], *, lines: Sequence[RefundLineCommand], amount_minor: int | None
) -> tuple[Money, list[LinePart]]:
    """What is given back in all, and of each line, in the caller's transaction: `lines`, or else `amount_minor` spread
    over all lines, or all that is left.

    Raises:
        Invalid: no amount above zero. NotRefundable: more than is left of the order or of a line, or nothing is.
        NotFound: no such line.
    """
    chosen = refund_lines.chosen(order, lines) if lines else []
    wanted_minor = sum(part.amount_minor for part in chosen) if chosen else amount_minor
    money = _refundable(order, sum(left_of(sources)), wanted_minor)
    return money, chosen or refund_lines.spread(order, money)


def left_of(sources: Sequence[PaidAttempt]) -> list[int]:
    """What can still go back to each source, in minor units."""
    return [source.amount_minor - int(source.returned_minor) for source in sources]


def _refundable(order: Order, left: int, amount_minor: int | None) -> Money:
    minor = left if amount_minor is None else amount_minor
    if left <= 0:
        raise NotRefundable("not_refundable", "Everything is already refunded or being refunded.")
    if minor <= 0:
        raise Invalid("invalid_amount", "A refund must be greater than zero.", details={"param": "amount_minor"})
    if minor > left:
        raise NotRefundable(
            "refund_exceeds_rest", "This exceeds the refundable amount.", details={"refundable_minor": left}
        )
    return Money(minor, order.currency)
