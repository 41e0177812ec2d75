"""Reads of the open phase or reading. Each sends what is queued before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from sqlalchemy import CursorResult, Row, Select, TextClause
from sqlalchemy.sql.base import Executable

from app.core.db import active_writers, lock_log
from app.core.db.transaction import current
from app.core.db.typed import RowType, compare_text
from app.core.db.writes import flush


@overload
def rows(statement: Select[RowType], **given: Any) -> Sequence[RowType]: ...
@overload
def rows(statement: Executable, **given: Any) -> Sequence[Row[Any]]: ...
def rows(statement: Executable, **given: Any) -> Sequence[Any]:
    """All rows of a statement, after what is queued; `given` are the values of its bindparams. On the hot paths a
    statement is made once: making it costs as much Python as sending it."""
    return _execute(statement, given).all()


@overload
def first(statement: Select[RowType], **given: Any) -> RowType | None: ...
@overload
def first(statement: Executable, **given: Any) -> Row[Any] | None: ...
def first(statement: Executable, **given: Any) -> Any:
    """The first row or None, after what is queued; `given` as for `rows`."""
    return _execute(statement, given).first()


def scalar(statement: Executable) -> Any:
    """The first column of the first row or None, after what is queued."""
    return _execute(statement).scalar()


def oldest_write_ms() -> int:
    """The milliseconds of the database's clock at (or a little before) which the oldest writing transaction still in
    progress began; the present when there is none. All that was written before is visible to what is read next."""
    return int(scalar(active_writers.OLDEST_MS))


def run(statement: Executable) -> int:
    """Do an UPDATE or DELETE at once; how many rows it touched."""
    return _execute(statement).rowcount


def _execute(statement: Executable, given: dict[str, Any] | None = None) -> CursorResult[Any]:
    flush()
    lock_log.note(statement)
    result = current().connection.execute(statement, given or None)
    if isinstance(statement, TextClause):
        compare_text(statement, result)
    return result
