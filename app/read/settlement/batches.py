"""Settlement batches: one, the list, and the statement of what is in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core import clock, db
from app.core.ids import show
from app.core.money import plain
from app.core.paging import After, newest_first
from app.domain.orders.models import OrderLine
from app.domain.settlement.batches import service
from app.domain.settlement.batches.models import SettlementBatch, SettlementItem
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.partners.models import Partner
from app.lib import csv_text

BatchRow = SettlementBatch
PAGE, CHUNK = 50, 1000
batches, items, entries = db.table(SettlementBatch), db.table(SettlementItem), db.table(ClearingEntry)
lines, partners = db.table(OrderLine), db.table(Partner)
COLUMNS = ("cleared_at", "kind", "order_id", "line", "amount", "currency", "entry_id")


@dataclass(frozen=True)
class BatchPage:
    """A batch with its partner."""

    row: SettlementBatch
    partner: Partner


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
        return BatchPage(row, db.get(Partner, row.partner_id))


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
        .join(items, (items.c.business_id == entries.c.business_id) & (items.c.id == entries.c.id))
        .join(lines, (lines.c.business_id == entries.c.business_id) & (lines.c.id == entries.c.line_id))
        .where(entries.c.business_id == business_id, items.c.batch_id == batch_id)
    )
    found: Any = query.subquery("found")
    with db.reading(business_id):
        return db.rows(newest_first(db.select_as(StatementLine, select(found)), found, after, limit))


def statement_csv(business_id: uuid.UUID, batch_id: uuid.UUID) -> Iterator[str]:
    """The statement of a batch as CSV, part by part: its entries, newest first, then their sum. The same batch makes
    the same text for ever.

    Raises:
        NotFound: the business has no such batch.
    """
    batch = get_batch(business_id, batch_id).row
    return _written(batch)


def _written(batch: SettlementBatch) -> Iterator[str]:
    yield from csv_text.written([COLUMNS])
    after: After = None
    while True:
        found = statement_lines(batch.business_id, batch.id, after=after, limit=CHUNK)
        yield from csv_text.written([_cells(row) for row in found[:CHUNK]])
        if len(found) <= CHUNK:
            break
        after = (found[CHUNK - 1].created_at, found[CHUNK - 1].id)
    total = plain(batch.total_minor, batch.currency)
    yield from csv_text.written([("", "total", "", "", total, batch.currency, show("sba", batch.id))])


def _cells(row: StatementLine) -> tuple[str, ...]:
    return (
        row.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        row.kind,
        show("ord", row.order_id),
        row.title,
        plain(row.amount_minor, row.currency),
        row.currency,
        show("cle", row.id),
    )


def partner_names_of(business_id: uuid.UUID, rows: Sequence[SettlementBatch]) -> dict[uuid.UUID, str]:
    """What the partners of these batches are called."""
    wanted = {row.partner_id for row in rows}
    query = select(partners.c.id, partners.c.name).where(
        partners.c.business_id == business_id, partners.c.id.in_(wanted)
    )
    with db.reading(business_id):
        return {row.id: row.name for row in db.rows(query)}
