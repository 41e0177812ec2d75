"""Removing rows whose time is over, in batches. Each is a transaction of its own that finds its rows by an index and
removes them by their keys, so no statement grows with what has piled up. A run has an end, and the next one goes on.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select

from app.core import ids
from app.core.db.base import Base
from app.core.db.phases import system_phase, system_reading
from app.core.db.reads import rows, run, scalar
from app.core.db.typed import AnySelect

BATCH = 1000
BUDGET_S = 20.0
_NOBODY = uuid.UUID(int=0)


def remove_oldest(name: str, model: type[Base], old: ColumnElement[bool], *, by: ColumnElement[Any]) -> int:
    """Remove rows of which `old` holds, in the order of `by`, which an index has; how many. `name` is the phases'."""
    table = model.__table__
    page = select(*table.primary_key.columns).where(old).order_by(by)
    return _in_batches(name, table, page, time.monotonic() + BUDGET_S)


def remove_older(name: str, model: type[Base], before_of: Callable[[uuid.UUID], datetime]) -> int:
    """Remove rows that were made before the moment of their business; how many. Their ids tell when, so the
    primary key finds them, one business after another. `name` is the phases'."""
    table, ends_s, removed = model.__table__, time.monotonic() + BUDGET_S, 0
    for business_id in _businesses(table):
        before = before_of(business_id)
        here, of_then = table.c.business_id == business_id, table.c.id < ids.first_at(before)
        page = select(*table.primary_key.columns).where(here, of_then, table.c.created_at < before)
        removed += _in_batches(name, table, page.order_by(table.c.id), ends_s)
        if time.monotonic() >= ends_s:
            break
    return removed


def _businesses(table: Table) -> Iterator[uuid.UUID]:
    """Those that have rows. A run may end before it has seen all, so each begins elsewhere."""
    middle = uuid.UUID(bytes=os.urandom(16))
    for after, last in ((middle, None), (_NOBODY, middle)):
        following = select(table.c.business_id).order_by(table.c.business_id).limit(1)
        if last is not None:
            following = following.where(table.c.business_id <= last)
        while True:
            with system_reading():
                found: uuid.UUID | None = scalar(following.where(table.c.business_id > after))
            if found is None:
                break
            yield found
            after = found


def _in_batches(name: str, table: Table, page: AnySelect, ends_s: float) -> int:
    removed = 0
    while True:
        with system_phase(name):
            found = rows(page.limit(BATCH))
            removed += _remove(table, [tuple(row) for row in found])
        if len(found) < BATCH or time.monotonic() >= ends_s:
            return removed


def _remove(table: Table, keys: list[tuple[Any, ...]]) -> int:
    """By key: what the rest of the key is equal in is one statement."""
    *shared, own = table.primary_key.columns
    of_each: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for key in keys:
        of_each[key[:-1]].append(key[-1])
    return sum(
        run(delete(table).where(*(column == value for column, value in zip(shared, of, strict=True)), own.in_(mine)))
        for of, mine in of_each.items()
    )
