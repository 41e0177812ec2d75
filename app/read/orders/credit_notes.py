"""Credit notes: what refunds take back of receipts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.core.paging import Key
from app.domain.accounts.business.models import Business
from app.domain.orders.models import Order
from app.domain.orders.receipts.models import CreditNote, Receipt
from app.domain.payments.models import PaymentAttempt

MAX_OF_ORDER = 200
notes = db.table(CreditNote)
CreditNoteRow = CreditNote

if TYPE_CHECKING:

    class PrintedNote(CreditNote):
        """A credit note with what else stands on its paper."""

        receipt_text: Mapped[str]
        to_wallet: Mapped[bool]
        order_number: Mapped[str]
        order_details: Mapped[dict[str, Any]]
        mode: Mapped[str]
        time_zone: Mapped[str]
        languages: Mapped[list[str]]

else:
    PrintedNote = CreditNote

_TO_WALLET = exists().where(
    PaymentAttempt.business_id == notes.c.business_id,
    PaymentAttempt.transaction_id == notes.c.transaction_id,
    PaymentAttempt.channel == "wallet",
)


def of_order(order_id: uuid.UUID) -> Sequence[CreditNote]:
    """The order's credit notes, oldest first, in the open reading."""
    mine = notes.c.business_id == db.here(), notes.c.order_id == order_id
    return db.rows(select(notes).where(*mine).order_by(notes.c.number).limit(MAX_OF_ORDER))


def notes_of(business_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[CreditNote]:
    """The same, in a reading of its own."""
    with db.reading(business_id):
        return of_order(order_id)


def credit_note(business_id: uuid.UUID, note_id: uuid.UUID, *, buyer_reference: str | None = None) -> PrintedNote:
    """One credit note; with `buyer_reference`, only of this buyer's order.

    Raises:
        NotFound: there is no such credit note, or it is somebody else's.
    """
    printed = (
        select(
            notes,
            Receipt.text.label("receipt_text"),
            _TO_WALLET.label("to_wallet"),
            Order.number.label("order_number"),
            Order.details.label("order_details"),
            Business.mode,
            Business.time_zone,
            Business.languages,
        )
        .join(Business, Business.id == notes.c.business_id)
        .join(Order, (Order.business_id == notes.c.business_id) & (Order.id == notes.c.order_id))
        .join(Receipt, (Receipt.business_id == notes.c.business_id) & (Receipt.id == notes.c.receipt_id))
        .where(notes.c.business_id == business_id, notes.c.id == note_id)
    )
    if buyer_reference is not None:
        printed = printed.where(Order.buyer_reference == buyer_reference)
    with db.reading(business_id):
        found = db.first(db.select_as(PrintedNote, printed))
    if found is None:
        raise NotFound("not_found", N_("There is no such credit note."))
    return found


def list_notes(
    business_id: uuid.UUID,
    *,
    order_id: uuid.UUID | None,
    transaction_id: uuid.UUID | None,
    after: Key | None,
    limit: int,
) -> Sequence[CreditNote]:
    """Credit notes, the newest first, and one more than `limit`; only of this order or refund."""
    query = select(notes).where(notes.c.business_id == business_id)
    if order_id is not None:
        query = query.where(notes.c.order_id == order_id)
    if transaction_id is not None:
        query = query.where(notes.c.transaction_id == transaction_id)
    with db.reading(business_id):
        return db.rows(paging.in_order(query, notes.c.created_at, notes.c.id, after, limit + 1))
