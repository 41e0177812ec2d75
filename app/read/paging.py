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
    return _read(cursor or "")


def after(created_at: Any, row_id: Any, cursor: str | None) -> ColumnElement[bool] | None:
    """The condition for rows older than the cursor's; None without a usable cursor."""
    seen = key_of(cursor)
    if seen is None:
        return None
    return tuple_(created_at, row_id) < tuple_(literal(seen[0]), literal(seen[1]))


def cursor_of(created_at: datetime, row_id: uuid.UUID) -> str:
    """The cursor behind this row."""
    return ids.show(str((created_at - _EPOCH) // timedelta(microseconds=1)), row_id)


def cut(found: Sequence[Any], limit: int) -> tuple[Sequence[Any], str | None]:
    """Rows read as `limit + 1`: the first `limit`, and the cursor when there was one more."""
    kept = found[:limit]
    return kept, cursor_of(kept[-1].created_at, kept[-1].id) if len(found) > limit else None


def _read(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    microseconds, _, _ = cursor.partition("_")
    row_id = ids.try_parse(cursor)
    if row_id is None or not microseconds.isdecimal() or len(microseconds) > 17:
        return None
    return _EPOCH + timedelta(microseconds=int(microseconds)), row_id
