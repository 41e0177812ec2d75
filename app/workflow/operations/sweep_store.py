"""Removing files that no row names: what was put when the phase that should have named it never came, and what was
left behind by a row that is gone."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Column, select

from app.core import clock, db
from app.core.files import store

RETENTION = timedelta(hours=24)  # longer than any upload takes until its row is written
PERIOD_S = 600
BATCH = 500


def sweep_shelf(shelf: int | None = None) -> int:
    """Remove the orphans of one shelf, by default that of this hour: a run every ten minutes goes over all of them
    in two days. How many were removed.

    Raises:
        Unavailable: the files cannot be reached.
    """
    turn = int(clock.actual().timestamp()) // PERIOD_S % 256 if shelf is None else shelf
    before, removed = clock.actual() - RETENTION, 0
    old = (each.key for each in store.every_file(turn) if each.changed_at is not None and each.changed_at < before)
    while batch := list(islice(old, BATCH)):
        orphans = set(batch) - set(_named(batch))
        store.delete(*sorted(orphans))
        removed += len(orphans)
    return removed


def _named(keys: list[str]) -> Iterator[str]:
    by_business: dict[uuid.UUID, list[str]] = defaultdict(list)
    for key in keys:
        by_business[store.business_of(key)].append(key)
    for business_id, mine in by_business.items():
        wholes = {store.whole_of(key) for key in mine}
        with db.reading(business_id):
            known = {row[0] for column in file_columns() for row in db.rows(_asked(business_id, column, wholes))}
        yield from (key for key in mine if store.whole_of(key) in known)


def file_columns() -> list[Column[Any]]:
    """Every column of every table that names files."""
    tables = db.Base.metadata.sorted_tables
    return [column for table in tables for column in table.columns if isinstance(column.type, store.FileKey)]


def _asked(business_id: uuid.UUID, column: Column[Any], keys: set[str]) -> Any:
    table = column.table  # a business's own files stand in its own row
    owner = table.c.business_id if "business_id" in table.c else table.c.id
    return select(column).where(owner == business_id, column.in_(keys))
