"""Reading what can be settled, and writing batches. All in the caller's phase."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, Uuid, exists, func, insert, literal, or_, select

from app.core import db
from app.domain.settlement.batches.models import SettlementBatch, SettlementItem, SettlementPosting, SettlementReserve
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.holds.service import is_entry_held, is_partner_held

batches, items, entries = db.table(SettlementBatch), db.table(SettlementItem), db.table(ClearingEntry)
postings, reserves = db.table(SettlementPosting), db.table(SettlementReserve)


@dataclass(frozen=True)
class Due:
    """What of a partner can be settled in one currency: a signed sum in minor units, of so many entries."""

    currency: str
    total_minor: int
    entry_count: int


def due_of(partner_id: uuid.UUID, *, until: datetime, currency: str | None = None) -> list[Due]:
    """What was cleared for the partner by this moment and is in no batch yet, by currency."""
    query = _due(partner_id, until).with_only_columns(
        entries.c.currency, func.sum(entries.c.amount_minor).label("minor"), func.count().label("number")
    )
    if currency is not None:
        query = query.where(entries.c.currency == currency)
    found = db.rows(query.group_by(entries.c.currency).order_by(entries.c.currency))
    return [Due(row.currency, int(row.minor), int(row.number)) for row in found]


def take(batch_id: uuid.UUID, partner_id: uuid.UUID, *, until: datetime, currency: str) -> int:
    """Put what `due_of` counted into the batch; how many entries."""
    rows = _due(partner_id, until).where(entries.c.currency == currency)
    columns = ["business_id", "id", "batch_id", "created_at"]
    chosen = rows.with_only_columns(entries.c.business_id, entries.c.id, literal(batch_id, Uuid()), func.now())
    taken = insert(SettlementItem).from_select(columns, chosen).returning(items.c.id).cte("taken")
    return int(db.scalar(select(func.count()).select_from(taken)))


def pending_minor(partner_id: uuid.UUID, currency: str) -> int:
    """What was cleared for the partner in this currency and is in no batch."""
    waiting = _open(partner_id).where(entries.c.currency == currency)
    return int(db.scalar(waiting.with_only_columns(func.coalesce(func.sum(entries.c.amount_minor), 0))))


def closing_minor(partner_id: uuid.UUID, currency: str) -> int:
    """Where the statement of the partner's newest batch in this currency ended; 0 without one."""
    newest = (
        select(batches.c.closing_minor)
        .where(batches.c.business_id == db.here(), batches.c.partner_id == partner_id, batches.c.currency == currency)
        .order_by(batches.c.number.desc())
        .limit(1)
    )
    return int(db.scalar(newest) or 0)


def held(partner_id: uuid.UUID) -> Select[ClearingEntry]:
    """What was cleared for the partner, is in no batch and is on hold."""
    return _open(partner_id).where(is_entry_held())


def is_held(batch: SettlementBatch) -> bool:
    """Whether the batch's partner or anything in it is on hold. Its partner is locked."""
    inside = (
        select(entries.c.id)
        .join(items, (items.c.business_id == entries.c.business_id) & (items.c.id == entries.c.id))
        .where(items.c.business_id == db.here(), items.c.batch_id == batch.id, is_entry_held())
    )
    return bool(db.scalar(select(or_(is_partner_held(batch.partner_id), inside.exists()))))


def due_reserves(partner_id: uuid.UUID, currency: str, *, until: datetime) -> Sequence[SettlementReserve]:
    """What was kept of the partner's batches in this currency and is due, the oldest first. The partner is locked."""
    return db.rows(
        select(reserves)
        .where(
            reserves.c.business_id == db.here(),
            reserves.c.partner_id == partner_id,
            reserves.c.currency == currency,
            reserves.c.returned_in_id.is_(None),
            reserves.c.due_at <= until,
        )
        .order_by(reserves.c.id)
    )


def next_number(partner_id: uuid.UUID) -> int:
    """The number of the partner's next batch."""
    newest = select(func.max(batches.c.number)).where(
        batches.c.business_id == db.here(), batches.c.partner_id == partner_id
    )
    return int(db.scalar(newest) or 0) + 1


def batch_of_transaction(transaction_id: uuid.UUID) -> SettlementBatch | None:
    """The batch whose newest payout this is, locked."""
    return db.first(
        select(batches)
        .where(batches.c.business_id == db.here(), batches.c.transaction_id == transaction_id)
        .with_for_update()
    )


def _open(partner_id: uuid.UUID) -> Select[ClearingEntry]:
    is_taken = exists().where(items.c.business_id == entries.c.business_id, items.c.id == entries.c.id)
    return select(entries).where(entries.c.business_id == db.here(), entries.c.partner_id == partner_id, ~is_taken)


def _due(partner_id: uuid.UUID, until: datetime) -> Select[ClearingEntry]:
    return _open(partner_id).where(entries.c.created_at <= until, ~is_entry_held())
