"""Lists by key, the one way all of them go on: a cursor names the last row seen, so page one thousand costs what page
one costs, and no list ends without saying so.

A list reads one row more than it shows (`newest_first`, `in_order`); `cut` tells from it whether there is more. The
API writes its cursors in its own opaque form (api/kit/pagination.py), from the same keys.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar, TypeVarTuple

from sqlalchemy import Select, literal, tuple_

from app.core import ids
from app.core.db.typed import TableOf

Item = TypeVar("Item")
Columns = TypeVarTuple("Columns")
Key = tuple[datetime | int, uuid.UUID]
"""Where a row stands: its moment, or its amount in minor units, and its id."""
After = tuple[datetime, uuid.UUID] | None
"""The row behind which a list by moments goes on; None at its beginning."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items and the cursor of the next page, or None at the end."""

    items: tuple[Item, ...]
    next_cursor: str | None


def newest_first(statement: Select[*Columns], table: TableOf[Any], after: After, limit: int) -> Select[*Columns]:
    """The statement, ordered from new to old, from behind `after`, with one row more than `limit`."""
    return in_order(statement, table.c.created_at, table.c.id, after, limit + 1)


def in_order(
    statement: Select[*Columns], first: Any, row_id: Any, after: Key | None, limit: int, *, oldest_first: bool = False
) -> Select[*Columns]:
    """At most `limit` rows of the statement by key (the column of moments, or of amounts, and the id), from behind
    `after`."""
    key, last = tuple_(first, row_id), after and tuple_(literal(after[0], first.type), literal(after[1]))
    if oldest_first:
        statement = statement if last is None else statement.where(key > last)
        return statement.order_by(first, row_id).limit(limit)
    statement = statement if last is None else statement.where(key < last)
    return statement.order_by(first.desc(), row_id.desc()).limit(limit)


def cut(found: Sequence[Any], limit: int) -> tuple[Sequence[Any], str | None]:
    """Rows read as `limit + 1`: the first `limit`, and the cursor when there was one more."""
    kept = found[:limit]
    return kept, cursor_of(kept[-1].created_at, kept[-1].id) if len(found) > limit else None


def cursor_of(first: datetime | int, row_id: uuid.UUID) -> str:
    """The cursor behind this row: behind its moment, or its amount in minor units."""
    number = first if isinstance(first, int) else (first - _EPOCH) // timedelta(microseconds=1)
    return ids.show(str(number), row_id)


def key_of(cursor: str | None) -> After:
    """The moment and the id of the row a cursor names; None without a usable cursor."""
    found = amount_key_of(cursor)
    return found and (_EPOCH + timedelta(microseconds=found[0]), found[1])


def amount_key_of(cursor: str | None) -> tuple[int, uuid.UUID] | None:
    """The same of a list by amount: minor units and id."""
    number, _, _ = (cursor or "").partition("_")
    row_id = ids.try_parse(cursor or "")
    return (int(number), row_id) if row_id is not None and number.isdecimal() and len(number) <= 17 else None
