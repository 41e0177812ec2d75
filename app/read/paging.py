"""Pages by key: a cursor names the last row seen, so page one thousand costs what page one costs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, literal, tuple_

from app.core import ids

Item = TypeVar("Item")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items and the cursor of the next page, or None at the end."""

    items: tuple[Item, ...]
    next_cursor: str | None


def key_of(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    """The moment and the id of the row a cursor names; None without a usable cursor."""
    found = amount_key_of(cursor)
    return found and (_EPOCH + timedelta(microseconds=found[0]), found[1])


def amount_key_of(cursor: str | None) -> tuple[int, uuid.UUID] | None:
    """The same of a list by amount: minor units and id."""
    number, _, _ = (cursor or "").partition("_")
    row_id = ids.try_parse(cursor or "")
    return (int(number), row_id) if row_id is not None and number.isdecimal() and len(number) <= 17 else None


def after(created_at: Any, row_id: Any, cursor: str | None) -> ColumnElement[bool] | None:
    """The condition for rows older than the cursor's; None without a usable cursor."""
    seen = key_of(cursor)
    if seen is None:
        return None
    return tuple_(created_at, row_id) < tuple_(literal(seen[0]), literal(seen[1]))


def cursor_of(first: datetime | int, row_id: uuid.UUID) -> str:
    """The cursor behind this row: behind its moment, or its amount in minor units."""
    number = first if isinstance(first, int) else (first - _EPOCH) // timedelta(microseconds=1)
    return ids.show(str(number), row_id)


def cut(found: Sequence[Any], limit: int) -> tuple[Sequence[Any], str | None]:
    """Rows read as `limit + 1`: the first `limit`, and the cursor when there was one more."""
    kept = found[:limit]
    return kept, cursor_of(kept[-1].created_at, kept[-1].id) if len(found) > limit else None
