"""What was done to many orders, and what came of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from app.core import db
from app.core.errors import NotFound
from app.domain.lists.models import BulkRow, BulkRun
from app.domain.orders.models import Order
from app.read import paging
from app.read.resources.keys import newest_first

PAGE, SHOWN = 50, 12
runs, rows, orders = BulkRun.__table__, BulkRow.__table__, Order.__table__


@dataclass(frozen=True)
class Run:
    """A run: how many orders came to what, and a page of them in the order in which they were chosen."""

    row: Row[Any]
    counts: dict[str, int]
    rows: tuple[Row[Any], ...]
    next_behind: int | None

    @property
    def done(self) -> int:
        """Orders that are worked off."""
        return sum(self.counts.values())

    @property
    def percent(self) -> int:
        """The same of a hundred."""
        return self.done * 100 // self.row.orders if self.row.orders else 100


def page_of_runs(business_id: uuid.UUID, actor: str, *, cursor: str) -> paging.Page[Row[Any]]:
    """What somebody set going, newest first."""
    mine = select(runs).where(runs.c.business_id == business_id, runs.c.actor == actor)
    with db.reading(business_id):
        found = db.rows(newest_first(mine, runs, paging.key_of(cursor), PAGE))
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_run(business_id: uuid.UUID, run_id: uuid.UUID, *, behind: str = "") -> Run:
    """A run, with the rows behind a number; what was refused stands first on the first page.

    Raises:
        NotFound: there is none.
    """
    after = int(behind) if behind.isdecimal() and len(behind) < 6 else 0
    of_run = rows.c.business_id == business_id, rows.c.run_id == run_id
    shown = (
        select(rows, orders.c.total_minor, orders.c.currency, orders.c.status)
        .join(orders, (orders.c.business_id == rows.c.business_id) & (orders.c.id == rows.c.order_id))
        .where(*of_run, rows.c.number > after)
        .order_by(rows.c.number)
        .limit(PAGE + 1)
    )
    with db.reading(business_id):
        row = db.first(select(runs).where(runs.c.business_id == business_id, runs.c.id == run_id))
        if row is None:
            raise NotFound("not_found", "There is no such run.")
        counted = select(rows.c.result, func.count().label("pieces")).where(*of_run, rows.c.result.is_not(None))
        counts = {each.result: int(each.pieces) for each in db.rows(counted.group_by(rows.c.result))}
        found = db.rows(shown)
    return Run(row, counts, tuple(found[:PAGE]), found[PAGE - 1].number if len(found) > PAGE else None)


def some_orders(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> list[Row[Any]]:
    """The first few of these orders, to be recognised by."""
    some = order_ids[:SHOWN]
    statement = select(orders.c.id, orders.c.total_minor, orders.c.currency, orders.c.status, orders.c.created_at)
    with db.reading(business_id):
        found = db.rows(statement.where(orders.c.business_id == business_id, orders.c.id.in_(some)).limit(SHOWN))
    return sorted(found, key=lambda row: some.index(row.id))
