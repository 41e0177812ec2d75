"""What was done to many orders, and what came of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.insights.lists.models import BulkRow, BulkRun
from app.domain.orders.models import Order

RunRow = BulkRun  # for those who show one
if TYPE_CHECKING:

    class OrderOfRun(BulkRow):
        """An order of a run, and what it is now."""

        total_minor: Mapped[int]
        currency: Mapped[str]
        status: Mapped[str]

else:
    OrderOfRun = BulkRow

PAGE, SHOWN = 50, 12
runs, rows, orders = db.table(BulkRun), db.table(BulkRow), db.table(Order)


class OrderHead(db.JoinedRow):
    """What an order is recognised by."""

    id: uuid.UUID
    total_minor: int
    currency: str
    status: str
    created_at: datetime


class _Count(db.JoinedRow):
    run_id: uuid.UUID
    result: str
    order_count: int


@dataclass(frozen=True)
class Run:
    """A run: how many orders came to what, and a page of them in the order in which they were chosen."""

    row: BulkRun
    counts: dict[str, int]
    rows: tuple[OrderOfRun, ...]
    next_behind: int | None

    @property
    def done(self) -> int:
        """Orders that are worked off."""
        return sum(self.counts.values())

    @property
    def percent(self) -> int:
        """The same of a hundred."""
        return self.done * 100 // self.row.orders if self.row.orders else 100


def list_runs(business_id: uuid.UUID, actor: str, *, after: After, limit: int) -> list[BulkRun]:
    """What somebody set going, newest first, one more than `limit`."""
    query = select(runs).where(runs.c.business_id == business_id, runs.c.actor == actor)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, runs, after, limit)))


def page_of_runs(business_id: uuid.UUID, actor: str, *, cursor: str) -> paging.Page[BulkRun]:
    """A page of the portal's list."""
    found = list_runs(business_id, actor, after=paging.key_of(cursor), limit=PAGE)
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_run(business_id: uuid.UUID, run_id: uuid.UUID, *, behind: str = "") -> Run:
    """A run, with the rows behind a number; what was refused stands first on the first page.

    Raises:
        NotFound: there is none.
    """
    after = int(behind) if behind.isdecimal() and len(behind) < 6 else 0
    with db.reading(business_id):
        row = db.get(BulkRun, run_id)
        counts = counts_of(business_id, [run_id]).get(run_id, {})
        found = rows_of(business_id, run_id, behind=after, limit=PAGE)
    return Run(row, counts, tuple(found[:PAGE]), found[PAGE - 1].number if len(found) > PAGE else None)


def rows_of(business_id: uuid.UUID, run_id: uuid.UUID, *, behind: int, limit: int) -> list[OrderOfRun]:
    """The orders of a run behind a number, one more than `limit`.

    Raises:
        NotFound: there is no such run.
    """
    shown = (
        db.select_as(OrderOfRun, select(rows, orders.c.total_minor, orders.c.currency, orders.c.status))
        .join(orders, (orders.c.business_id == rows.c.business_id) & (orders.c.id == rows.c.order_id))
        .where(rows.c.business_id == business_id, rows.c.run_id == run_id, rows.c.number > behind)
        .order_by(rows.c.number)
        .limit(limit + 1)
    )
    with db.reading(business_id):
        if db.scalar(select(runs.c.id).where(runs.c.business_id == business_id, runs.c.id == run_id)) is None:
            raise NotFound("not_found", "There is no such run.")
        return list(db.rows(shown))


def counts_of(business_id: uuid.UUID, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """How many orders of each of these runs came to what."""
    counted = (
        select(rows.c.run_id, rows.c.result, func.count().label("order_count"))
        .where(rows.c.business_id == business_id, rows.c.run_id.in_(run_ids), rows.c.result.is_not(None))
        .group_by(rows.c.run_id, rows.c.result)
    )
    found: dict[uuid.UUID, dict[str, int]] = {}
    with db.reading(business_id):
        for each in db.rows(db.select_as(_Count, counted)):
            found.setdefault(each.run_id, {})[each.result] = each.order_count
    return found


def some_orders(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> list[OrderHead]:
    """The first few of these orders, to be recognised by."""
    some = order_ids[:SHOWN]
    statement = select(orders.c.id, orders.c.total_minor, orders.c.currency, orders.c.status, orders.c.created_at)
    with db.reading(business_id):
        these = statement.where(orders.c.business_id == business_id, orders.c.id.in_(some)).limit(SHOWN)
        found = db.rows(db.select_as(OrderHead, these))
    return sorted(found, key=lambda row: some.index(row.id))
