"""Which lines of an order a refund gives back: those that were chosen, or all by what is left of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from app.core import db
from app.core.errors import NotFound
from app.core.money import Money
from app.domain.orders.models import Order, OrderLine
from app.domain.payments import rules
from app.domain.payments import service as payments
from app.domain.payments.disputes import service as disputes
from app.domain.payments.errors import NotRefundable
from app.domain.payments.models import RefundLine
from app.domain.payments.states import TransactionStatus
from app.domain.payments.types import DetailPart, LinePart, RefundableLine, RefundLineCommand


def chosen(order: Order, requested: Sequence[RefundLineCommand]) -> list[LinePart]:
    """The parts for the lines that were chosen, in the caller's phase with the order locked. Raises as
    `rules.refund_by_line` does."""
    return rules.refund_by_line(_refundable_lines(order.id), requested)


def spread(order: Order, money: Money) -> list[LinePart]:
    """The parts of an amount for which no lines were chosen."""
    return rules.refund_by_amount(_refundable_lines(order.id), money)


def rests_of(order_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """What is left of each line, in minor units, in the open transaction."""
    return {line.line_id: line.rest_minor for line in _refundable_lines(order_id)}


def rest_of(order_id: uuid.UUID, line_id: uuid.UUID) -> int:
    """What is left of one line, in minor units, in the open transaction."""
    return rests_of(order_id)[line_id]


def rest_of_part(order_id: uuid.UUID, part_id: uuid.UUID) -> list[RefundLineCommand]:
    """What is left of a part of the order, line by line, in the open transaction.

    Raises:
        NotFound: the order has no such part. NotRefundable: nothing is left of it.
    """
    stands = [line for line in _refundable_lines(order_id) if line.sub_order_id == part_id]
    if not stands:
        raise NotFound("not_found", "The order has no such sub-order.")
    left = [RefundLineCommand(line_id=line.line_id, amount_minor=line.rest_minor) for line in stands if line.rest_minor]
    if not left:
        raise NotRefundable("not_refundable", "This sub-order is already refunded or being refunded.")
    return left


def refunded_whole(order_id: uuid.UUID) -> set[uuid.UUID]:
    """The lines whose whole amount has gone back, in the open transaction; what is only on its way does not count."""
    lines, back = db.table(OrderLine), db.table(RefundLine)
    rows = db.rows(
        select(lines.c.id)
        .join(back, (back.c.business_id == lines.c.business_id) & (back.c.line_id == lines.c.id))
        .join(
            payments.transactions,
            (payments.transactions.c.business_id == back.c.business_id)
            & (payments.transactions.c.id == back.c.transaction_id),
        )
        .where(
            lines.c.business_id == db.here(),
            lines.c.order_id == order_id,
            payments.transactions.c.status == TransactionStatus.SUCCEEDED,
        )
        .group_by(lines.c.id, lines.c.amount_minor)
        .having(func.sum(back.c.amount_minor) >= lines.c.amount_minor)
    )
    return {row.id for row in rows}


def gone_whole(order_id: uuid.UUID) -> set[uuid.UUID]:
    """The lines of which nothing is left to the merchant: refunded, or lost with a dispute, in the open transaction."""
    lost: dict[uuid.UUID, int] = {}
    for taken in disputes.lost_lines(order_id, besides=()).values():
        for line_id, minor in taken.items():
            lost[line_id] = lost.get(line_id, 0) + minor
    return {line_id for line_id, rest in rests_of(order_id).items() if 0 < rest <= lost.get(line_id, 0)}


def by_seller(parts: Sequence[LinePart]) -> list[DetailPart]:
    """What of it is each seller's in each sub-order."""
    sums: dict[tuple[uuid.UUID, uuid.UUID | None], int] = {}
    for part in parts:
        whose = part.sub_order_id, part.seller_id
        sums[whose] = sums.get(whose, 0) + part.amount_minor
    return [DetailPart(*whose, minor) for whose, minor in sums.items()]


def _refundable_lines(order_id: uuid.UUID) -> list[RefundableLine]:
    lines = db.table(OrderLine)
    rows = db.rows(
        select(lines).where(lines.c.business_id == db.here(), lines.c.order_id == order_id).order_by(lines.c.position)
    )
    back = payments.refunded_of_lines([row.id for row in rows])
    return [
        RefundableLine(
            line_id=row.id,
            sub_order_id=row.sub_order_id,
            seller_id=row.seller_id,
            quantity=row.quantity,
            amount_minor=row.amount_minor,
            refunded_quantity=back.get(row.id, (0, 0))[0],
            refunded_minor=back.get(row.id, (0, 0))[1],
        )
        for row in rows
    ]
