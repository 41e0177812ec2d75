"""Everything about one movement of money on one page: its attempts with their exchanges, its ledger, its history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.db.models import StateChange
from app.domain.ledger.models import LedgerJournal
from app.domain.orders.models import OrderLine, SubOrder
from app.domain.payments.models import TransactionDetail
from app.domain.payments.states import UNDECIDED
from app.domain.reconciliation.models import Case
from app.read.ledger.journals import Journal, with_entries
from app.read.ledger.t_accounts import LedgerView, ledger_view
from app.read.payments.attempts import Attempt, Transaction, attempts_of, with_archived
from app.read.related import MAX_ROWS, changes_of
from app.read.wallets.movements import Movement, get_movement

if TYPE_CHECKING:

    class Part(TransactionDetail):
        """What of a movement belongs to a sub-order, which that is, and what its seller was called."""

        split_by: Mapped[str]
        split_value: Mapped[str]
        seller_name: Mapped[str | None]

else:
    Part = TransactionDetail


@dataclass(frozen=True)
class MovementPage:
    """One movement and what hangs on it, oldest first."""

    movement: Movement
    transactions: tuple[Transaction, ...]
    parts: tuple[Part, ...]
    journals: tuple[Journal, ...]
    cases: tuple[Case, ...]
    changes: tuple[StateChange, ...]

    @property
    def undecided(self) -> tuple[Attempt, ...]:
        """Attempts whose end nobody knows yet."""
        return tuple(each for each in self.transactions[0].attempts if each.row.status in UNDECIDED)

    @property
    def ledger(self) -> LedgerView:
        """What was posted for it, by account."""
        buyers = [each for each in (self.movement.buyer, self.movement.row.counter_reference) if each]
        return ledger_view(self.journals, [each for part in self.transactions for each in part.attempts], buyers)

    @property
    def way_on(self) -> str | None:
        """Where the buyer goes to pay a top-up, while it waits to be paid."""
        waiting = (each.row for each in self.undecided if self.movement.row.kind == "top_up")
        return next((row.action["url"] for row in waiting if row.action and row.action.get("url")), None)


def movement_page(business_id: uuid.UUID, transaction_id: uuid.UUID) -> MovementPage:
    """The movement with everything about it.

    Raises:
        NotFound: the business has no such movement.
    """
    with db.reading(business_id):
        movement = get_movement(business_id, transaction_id)
        attempts = attempts_of(business_id, [transaction_id]).get(transaction_id, [])
        ids = [each.row.id for each in attempts]
        subjects = [transaction_id, *ids, *(transfer.id for each in attempts for transfer in each.transfers)]
        page = MovementPage(
            movement,
            (Transaction(movement.row, tuple(attempts)),),
            _parts(business_id, transaction_id),
            _journals(business_id, ids),
            _cases(business_id, [transaction_id, *ids]),
            changes_of(business_id, subjects),
        )
    return replace(page, transactions=with_archived(business_id, page.transactions))


def _parts(business_id: uuid.UUID, transaction_id: uuid.UUID) -> tuple[Part, ...]:
    details, subs, lines = db.table(TransactionDetail), db.table(SubOrder), db.table(OrderLine)
    name = (
        select(func.min(lines.c.seller_name))
        .where(
            lines.c.business_id == details.c.business_id,
            lines.c.order_id == subs.c.order_id,
            lines.c.seller_id == details.c.seller_id,
        )
        .scalar_subquery()
        .label("seller_name")
    )
    query = (
        db.select_as(Part, select(details, subs.c.split_by, subs.c.split_value, name))
        .join(subs, and_(subs.c.business_id == details.c.business_id, subs.c.id == details.c.sub_order_id))
        .where(details.c.business_id == business_id, details.c.transaction_id == transaction_id)
    )
    return tuple(db.rows(query.order_by(details.c.id).limit(MAX_ROWS)))


def _journals(business_id: uuid.UUID, attempt_ids: Sequence[uuid.UUID]) -> tuple[Journal, ...]:
    journals = db.table(LedgerJournal)
    posted = select(journals).where(journals.c.business_id == business_id, journals.c.subject_id.in_(attempt_ids))
    rows = db.rows(posted.order_by(journals.c.created_at, journals.c.id).limit(MAX_ROWS)) if attempt_ids else ()
    return with_entries(business_id, rows)


def _cases(business_id: uuid.UUID, subjects: Sequence[uuid.UUID]) -> tuple[Case, ...]:
    cases = db.table(Case)
    query = select(cases).where(cases.c.business_id == business_id, cases.c.subject_id.in_(subjects))
    return tuple(db.rows(query.order_by(cases.c.created_at).limit(MAX_ROWS)))
