"""Everything about one movement of money on one page: its attempts with their exchanges, and its books."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.domain.ledger.models import LedgerJournal
from app.read.movements import Movement, get_movement
from app.read.order_page import MANY, UNDECIDED, Attempt, Journal, Transaction, attempts_of, with_entries


@dataclass(frozen=True)
class MovementPage:
    """One movement and what hangs on it, oldest first."""

    movement: Movement
    transactions: tuple[Transaction, ...]
    journals: tuple[Journal, ...]

    @property
    def undecided(self) -> tuple[Attempt, ...]:
        """Attempts whose end nobody knows yet."""
        return tuple(each for each in self.transactions[0].attempts if each.row.status in UNDECIDED)


def movement_page(business_id: uuid.UUID, transaction_id: uuid.UUID) -> MovementPage:
    """The movement with everything about it.

    Raises:
        NotFound: the business has no such movement.
    """
    with db.reading(business_id):
        movement = get_movement(business_id, transaction_id)
        attempts = attempts_of(business_id, [transaction_id]).get(transaction_id, [])
        journals = LedgerJournal.__table__
        booked = select(journals).where(
            journals.c.business_id == business_id, journals.c.subject_id.in_([each.row.id for each in attempts])
        )
        rows = db.rows(booked.order_by(journals.c.created_at, journals.c.id).limit(MANY)) if attempts else ()
        return MovementPage(movement, (Transaction(movement.row, tuple(attempts)),), with_entries(business_id, rows))
