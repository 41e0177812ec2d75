"""Postings with their entries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select
from sqlalchemy.orm import Mapped

from app.core import db
from app.domain.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from app.read.related import MAX_ROWS

if TYPE_CHECKING:

    class JournalEntry(LedgerEntry):
        """An entry with the kind and the owner of its account."""

        kind: Mapped[str]
        owner: Mapped[str]

else:
    JournalEntry = LedgerEntry


@dataclass(frozen=True)
class Journal:
    """One posting and its signed entries: + debit, - credit."""

    row: LedgerJournal
    entries: tuple[JournalEntry, ...]


def with_entries(business_id: uuid.UUID, journals: Sequence[LedgerJournal]) -> tuple[Journal, ...]:
    """The journals with their entries, in the journals' order; in the open reading."""
    entries, accounts = db.table(LedgerEntry), db.table(LedgerAccount)
    query = (
        db.select_as(JournalEntry, select(entries, accounts.c.kind, accounts.c.owner))
        .join(accounts, and_(accounts.c.business_id == entries.c.business_id, accounts.c.id == entries.c.account_id))
        .where(entries.c.business_id == business_id, entries.c.journal_id.in_([row.id for row in journals]))
        .order_by(entries.c.layer, entries.c.amount_minor.desc(), entries.c.id)
        .limit(MAX_ROWS)
    )
    found: dict[uuid.UUID, list[JournalEntry]] = defaultdict(list)
    for row in db.rows(query) if journals else ():
        found[row.journal_id].append(row)
    return tuple(Journal(row, tuple(found[row.id])) for row in journals)
