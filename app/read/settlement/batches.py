"""Settlement batches: one, the list, and what is in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from app.core import clock, db
from app.core.db.models import StateChange
from app.core.paging import After, newest_first
from app.domain.orders.models import OrderLine
from app.domain.settlement.batches import service
from app.domain.settlement.batches.models import SettlementBatch, SettlementItem, SettlementPosting
from app.domain.settlement.batches.states import SETTLEMENT_BATCH, BatchStatus
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.partners.models import Partner

BatchRow = SettlementBatch
PAGE = 50
batches, items, entries = db.table(SettlementBatch), db.table(SettlementItem), db.table(ClearingEntry)
lines, partners, postings = db.table(OrderLine), db.table(Partner), db.table(SettlementPosting)
changes = db.table(StateChange)


@dataclass(frozen=True)
class BatchPage:
    """A batch with its partner, when its money left, and what adjustments on its statement come to."""

    row: SettlementBatch
    partner: Partner
    paid_at: datetime | None
    adjusted_minor: int


@dataclass(frozen=True)
class DueNow:
    """What could be settled now in one currency, in minor units; below zero, it is carried over."""

    currency: str
    minor: int
    entry_count: int


class StatementLine(db.JoinedRow):
    """An entry of a batch with the title of its line."""

    id: uuid.UUID
    created_at: datetime
    kind: str
    order_id: uuid.UUID
    title: str
    amount_minor: int
    currency: str


def get_batch(business_id: uuid.UUID, batch_id: uuid.UUID) -> BatchPage:
    """One batch.

    Raises:
        NotFound: the business has no such batch.
    """
    with db.reading(business_id):
        row = db.get(SettlementBatch, batch_id)
        paid = select(func.max(changes.c.created_at)).where(
            changes.c.business_id == business_id,
            changes.c.machine == SETTLEMENT_BATCH.name,
            changes.c.row_id == batch_id,
            changes.c.to_state == BatchStatus.PAID,
        )
        adjusted = select(func.coalesce(func.sum(postings.c.amount_minor), 0)).where(
            postings.c.business_id == business_id, postings.c.batch_id == batch_id, postings.c.kind == "adjustment"
        )
        return BatchPage(row, db.get(Partner, row.partner_id), db.scalar(paid), int(db.scalar(adjusted)))


def list_batches(
    business_id: uuid.UUID, *, partner_id: uuid.UUID | None = None, status: str = "", after: After, limit: int = PAGE
) -> Sequence[SettlementBatch]:
    """Batches, newest first, one more than `limit`."""
    query = select(batches).where(batches.c.business_id == business_id)
    query = query if partner_id is None else query.where(batches.c.partner_id == partner_id)
    query = query.where(batches.c.status == status) if status else query
    with db.reading(business_id):
        return db.rows(newest_first(query, batches, after, limit))


def due_now(business_id: uuid.UUID, partner_id: uuid.UUID) -> list[DueNow]:
    """What was cleared for a partner and is in no batch yet, by currency."""
    with db.reading(business_id):
        found = service.due_of(partner_id, until=clock.now())
    return [DueNow(each.currency, each.total_minor, each.entry_count) for each in found]


def statement_lines(
    business_id: uuid.UUID, batch_id: uuid.UUID, *, after: After = None, limit: int = PAGE
) -> Sequence[StatementLine]:
    """The entries of a batch, newest first, one more than `limit`."""
    query = lines_of(business_id, batch_id).order_by(items.c.id.desc())
    query = query if after is None else query.where(items.c.id < after[1])
    with db.reading(business_id):
        return db.rows(query.limit(limit + 1))


def lines_of(business_id: uuid.UUID, batch_id: uuid.UUID) -> Select[StatementLine]:
    """The entries of a batch, in no order yet. By `items.c.id` they are in the order in which they were cleared, and a
    page of them is found by an index."""
    query = (
        select(
            entries.c.id,
            entries.c.created_at,
            entries.c.kind,
            entries.c.order_id,
            lines.c.title,
            entries.c.amount_minor,
            entries.c.currency,
        )
        .select_from(items)
        .join(entries, (entries.c.business_id == items.c.business_id) & (entries.c.id == items.c.id))
        .join(lines, (lines.c.business_id == entries.c.business_id) & (lines.c.id == entries.c.line_id))
        .where(items.c.business_id == business_id, items.c.batch_id == batch_id)
    )
    return db.select_as(StatementLine, query)


def partner_names_of(business_id: uuid.UUID, rows: Sequence[SettlementBatch]) -> dict[uuid.UUID, str]:
    """What the partners of these batches are called."""
    wanted = {row.partner_id for row in rows}
    query = select(partners.c.id, partners.c.name).where(
        partners.c.business_id == business_id, partners.c.id.in_(wanted)
    )
    with db.reading(business_id):
        return {row.id: row.name for row in db.rows(query)}
