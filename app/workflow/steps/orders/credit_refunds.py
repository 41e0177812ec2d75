"""Each refund of an order with a receipt has its credit note, in the order in which they were made."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from sqlalchemy import and_, select

from app.core import db
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.orders.models import Order
from app.domain.orders.receipts import rules
from app.domain.orders.receipts.models import CreditNote, CreditNoteCounter, Receipt
from app.domain.payments.models import PaymentAttempt, PaymentTransaction, RefundLine
from app.domain.payments.states import AttemptStatus, TransactionStatus
from app.lib.some import some
from app.workflow.steps.orders import receipt_numbers

notes, businesses = db.table(CreditNote), db.table(Business)
transactions, attempts, parts = db.table(PaymentTransaction), db.table(PaymentAttempt), db.table(RefundLine)


class _Refund(db.JoinedRow):
    """A refund of the order that succeeded."""

    id: uuid.UUID
    amount_minor: int
    currency: str
    decided_at: datetime | None


def credit_refunds(order: Order, receipt: Receipt) -> None:
    """Make the notes that the order's refunds have none of yet, in the open phase; whoever comes second makes none."""
    last = receipt_numbers.held(CreditNoteCounter)
    mine = notes.c.business_id == db.here(), notes.c.order_id == order.id
    made = list(db.rows(select(notes).where(*mine).order_by(notes.c.number)))
    known = {note.transaction_id for note in made}
    due = [refund for refund in _refunds(order.id) if refund.id not in known]
    if not due:
        return
    business = some(db.first(select(businesses).where(businesses.c.id == db.here())))
    series = receipt_numbers.Series(business.credit_note_format, business.credit_note_start, business.time_zone)
    by_line = _by_line([refund.id for refund in due])
    earlier, before_minor = [note.taxes for note in made], sum(note.amount_minor for note in made)
    for refund in due:
        taxes = [
            rules.kept_tax(each)
            for each in rules.credited_taxes(
                receipt.taxes,
                earlier,
                amount_minor=refund.amount_minor,
                total_minor=order.total_minor,
                before_minor=before_minor,
                by_line=by_line[refund.id],
            )
        ]
        number = receipt_numbers.take(CreditNoteCounter, last, series)
        db.add(
            CreditNote,
            id=new_id(),
            order_id=order.id,
            receipt_id=receipt.id,
            transaction_id=refund.id,
            **number,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            seller=receipt.seller,
            buyer=receipt.buyer,
            taxes=taxes,
        )
        earlier.append(taxes)
        last, before_minor = number["number"], before_minor + refund.amount_minor


def _refunds(order_id: uuid.UUID) -> list[_Refund]:
    """Those of the order's own money; what was paid too much is on no receipt."""
    moved = select(
        PaymentTransaction.id, PaymentAttempt.amount_minor, PaymentAttempt.currency, PaymentTransaction.decided_at
    ).join(
        PaymentAttempt,
        and_(
            PaymentAttempt.business_id == PaymentTransaction.business_id,
            PaymentAttempt.transaction_id == PaymentTransaction.id,
        ),
    )
    found = db.select_as(_Refund, moved).where(
        PaymentTransaction.business_id == db.here(),
        PaymentTransaction.order_id == order_id,
        PaymentTransaction.kind == "refund",
        PaymentTransaction.status == TransactionStatus.SUCCEEDED,
        PaymentAttempt.status == AttemptStatus.SUCCEEDED,
        PaymentAttempt.applied,
    )
    return list(db.rows(found.order_by(PaymentTransaction.decided_at, PaymentTransaction.id)))


def _by_line(refund_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    found: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    mine = parts.c.business_id == db.here(), parts.c.transaction_id.in_(refund_ids)
    for row in db.rows(select(parts).where(*mine)):
        found[row.transaction_id][str(row.line_id)] = row.amount_minor
    return found
