"""What stands on a batch's statement besides its entries: postings on the partner's account, and the balances that
they lead from and to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from app.core import db
from app.domain.ledger import service as ledger
from app.domain.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from app.domain.settlement.batches import service
from app.domain.settlement.batches.models import SettlementPosting
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.service import account_kind

MAX_POSTINGS = 5_000  # of one statement; what is more stands on the next
_CORRECTIONS = ("adjustment", "reversal")
entries, journals = db.table(LedgerEntry), db.table(LedgerJournal)


class NewPosting(db.JoinedRow):
    """A posting on a partner's account that is on no statement yet: + debit, - credit, as the ledger has it."""

    id: uuid.UUID
    created_at: datetime
    amount_minor: int
    currency: str
    template: str
    subject_id: uuid.UUID


def open_postings(partner: Partner, currency: str) -> Sequence[NewPosting]:
    """The partner's postings besides clearing that are on no statement, the oldest first; MAX_POSTINGS at most. The
    partner is locked."""
    known = service.postings
    is_known = exists().where(known.c.business_id == entries.c.business_id, known.c.id == entries.c.id)
    account_id = ledger.account_id(account_kind(partner.kind), owner=str(partner.id), currency=currency)
    query = (
        select(
            entries.c.id,
            entries.c.created_at,
            entries.c.amount_minor,
            entries.c.currency,
            journals.c.template,
            journals.c.subject_id,
        )
        .join(journals, (journals.c.business_id == entries.c.business_id) & (journals.c.id == entries.c.journal_id))
        .where(
            entries.c.business_id == db.here(),
            entries.c.account_id == account_id,
            entries.c.layer == "posted",
            journals.c.template != "clearing",
            ~is_known,
        )
        .order_by(entries.c.id)
        .limit(MAX_POSTINGS)
    )
    return db.rows(db.select_as(NewPosting, query))


def currencies_of(partner: Partner) -> list[str]:
    """The currencies in which anything was ever posted for the partner."""
    accounts = db.table(LedgerAccount)
    of_partner = accounts.c.kind == account_kind(partner.kind), accounts.c.owner == str(partner.id)
    found = select(accounts.c.currency).where(accounts.c.business_id == db.here(), *of_partner)
    return sorted(row.currency for row in db.rows(found))


def adjusted_minor(found: Sequence[NewPosting]) -> int:
    """What adjustments among these postings give the partner; below zero, what they take."""
    return -sum(each.amount_minor for each in found if each.template in _CORRECTIONS)


def keep(batch_id: uuid.UUID, found: Sequence[NewPosting]) -> None:
    """These postings stand on the statement of this batch."""
    for each in found:
        db.add(
            SettlementPosting,
            id=each.id,
            batch_id=batch_id,
            kind=_kind(each.template),
            amount_minor=-each.amount_minor,
            posted_at=each.created_at,
            subject_id=each.subject_id,
        )


def _kind(template: str) -> str:
    if template in _CORRECTIONS:
        return "adjustment"
    return "returned" if template.endswith("_returned") else "payout"
