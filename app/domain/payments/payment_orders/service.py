"""Writing payment orders and their lines, and finding what waits for one. All in the caller's phase."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Mapped

from app.core import db, states
from app.core.ids import new_id, try_parse
from app.domain.payments.models import ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.payments.payment_orders.models import PaymentOrder, PaymentOrderLine
from app.domain.payments.payment_orders.order_file import reference_of
from app.domain.payments.payment_orders.states import PAYMENT_LINE, PAYMENT_ORDER, PaymentLineStatus
from app.domain.payments.rules import PAID_OUT
from app.domain.payments.states import AttemptStatus

if TYPE_CHECKING:

    class WaitingMovement(PaymentAttempt):
        """An attempt that waits for a payment order, with its payee, as `account` and `name`, and its reason."""

        payee: Mapped[dict[str, Any]]
        reason: Mapped[str]
        buyer_reference: Mapped[str | None]

    class FileLine(PaymentOrderLine):
        """A line with its payee, as `account` and `name`, and the movement's reason."""

        transaction_id: Mapped[uuid.UUID]
        kind: Mapped[str]
        payee: Mapped[dict[str, Any]]
        movement_reason: Mapped[str]

else:
    WaitingMovement, FileLine = PaymentAttempt, PaymentOrderLine

MAX_LINES = 1_000
attempts, transactions = db.table(PaymentAttempt), db.table(PaymentTransaction)
lines, orders = db.table(PaymentOrderLine), db.table(PaymentOrder)
accounts = db.table(ChannelAccount)
_OF = and_(transactions.c.business_id == attempts.c.business_id, transactions.c.id == attempts.c.transaction_id)


def lock_account(account_id: uuid.UUID) -> None:
    """Let those who make orders of one bank account take turns; payments at the account do not wait."""
    db.scalar(
        select(accounts.c.id)
        .where(accounts.c.business_id == db.here(), accounts.c.id == account_id)
        .with_for_update(key_share=True)
    )


def waiting(business_id: uuid.UUID, account_ids: Sequence[uuid.UUID], limit: int) -> Sequence[WaitingMovement]:
    """Withdrawals and payouts at these bank accounts that no order has yet, the oldest first."""
    ordered = select(lines.c.attempt_id).where(
        lines.c.business_id == business_id, lines.c.status != PaymentLineStatus.CANCELLED
    )
    found = (
        db.select_as(
            WaitingMovement,
            select(attempts, transactions.c.payee, transactions.c.reason, transactions.c.buyer_reference),
        )
        .join(transactions, _OF)
        .where(
            attempts.c.business_id == business_id,
            attempts.c.channel_account_id.in_(account_ids),
            attempts.c.kind.in_(PAID_OUT),
            attempts.c.status == AttemptStatus.PENDING,
            attempts.c.next_poll_at.is_not(None),
            attempts.c.id.not_in(ordered),
        )
    )
    return db.rows(found.order_by(attempts.c.created_at, attempts.c.id).limit(limit))


def add_order(
    order_id: uuid.UUID,
    account_id: uuid.UUID,
    movements: Sequence[WaitingMovement],
    *,
    file_format: str,
    execute_on: date,
    actor: str,
) -> None:
    """A new order of these movements, which are of one currency."""
    db.add(
        PaymentOrder,
        id=order_id,
        channel_account_id=account_id,
        format=file_format,
        currency=movements[0].currency,
        total_minor=sum(each.amount_minor for each in movements),
        line_count=len(movements),
        execute_on=execute_on,
        created_by=actor,
    )
    states.born(PAYMENT_ORDER, order_id, reason="made", actor=actor)
    for each in movements:
        line_id = new_id()
        db.add(
            PaymentOrderLine,
            id=line_id,
            payment_order_id=order_id,
            attempt_id=each.id,
            amount_minor=each.amount_minor,
            currency=each.currency,
            reference=reference_of("att", each.id),
        )
        states.born(PAYMENT_LINE, line_id, reason="made", actor=actor)


def order(order_id: uuid.UUID) -> PaymentOrder | None:
    """The order, if there is one."""
    return db.first(select(orders).where(orders.c.business_id == db.here(), orders.c.id == order_id))


def lines_of(order_id: uuid.UUID) -> Sequence[PaymentOrderLine]:
    """The order's lines in their order."""
    found = select(lines).where(lines.c.business_id == db.here(), lines.c.payment_order_id == order_id)
    return db.rows(found.order_by(lines.c.id).limit(MAX_LINES))


def file_lines(order_id: uuid.UUID) -> Sequence[FileLine]:
    """The order's lines with whom they pay, in the order of the file."""
    found = (
        db.select_as(
            FileLine,
            select(
                lines,
                attempts.c.transaction_id,
                attempts.c.kind,
                transactions.c.payee,
                transactions.c.reason.label("movement_reason"),
            ),
        )
        .join(attempts, and_(attempts.c.business_id == lines.c.business_id, attempts.c.id == lines.c.attempt_id))
        .join(transactions, _OF)
        .where(lines.c.business_id == db.here(), lines.c.payment_order_id == order_id)
    )
    return db.rows(found.order_by(lines.c.reference).limit(MAX_LINES))


def count_waiting(order_id: uuid.UUID) -> int:
    """How many of the order's lines nobody knows the end of."""
    conditions = lines.c.business_id == db.here(), lines.c.payment_order_id == order_id
    return int(db.scalar(select(func.count()).where(*conditions, lines.c.status == PaymentLineStatus.WAITING)))


def lines_by_reference(references: Sequence[str]) -> dict[str, PaymentOrderLine]:
    """The lines that were not cancelled with these end-to-end references, in the open reading."""
    conditions = lines.c.business_id == db.here(), lines.c.status != PaymentLineStatus.CANCELLED
    found = db.rows(select(lines).where(*conditions, lines.c.reference.in_(references)).limit(MAX_LINES * 5))
    return {line.reference: line for line in found}


def lines_of_message(message_id: str) -> Sequence[PaymentOrderLine]:
    """The lines of the order whose file has this id; none for what is no id of a file."""
    order_id = try_parse(f"por_{message_id[3:].lower()}", "por") if message_id[:3] == "POR" else None
    return lines_of(order_id) if order_id is not None else ()


def statuses_of(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Where these orders stand."""
    found = select(orders.c.id, orders.c.status).where(orders.c.business_id == db.here(), orders.c.id.in_(order_ids))
    return {row.id: row.status for row in db.rows(found)}
