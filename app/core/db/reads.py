"""Reads of the open phase or reading. Each sends before what is queued and it could see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from sqlalchemy import CursorResult, Row, Select, TextClause
from sqlalchemy.sql.base import Executable

from app.core.db import active_writers, driver, lock_log
from app.core.db.line import Answer
from app.core.db.prepared import Prepared
from app.core.db.transaction import current
from app.core.db.typed import RowType, compare_text
from app.core.db.writes import flush


@overload
def rows(statement: Select[RowType] | Prepared[RowType], **given: Any) -> Sequence[RowType]: ...
@overload
def rows(statement: Executable, **given: Any) -> Sequence[Row[Any]]: ...
def rows(statement: Executable | Prepared[Any], **given: Any) -> Sequence[Any]:
    """All rows of a statement, after what is queued; `given` are the values of its bindparams. On the hot paths a
    statement is `prepared`: making and compiling it costs more than sending it."""
    if isinstance(statement, Prepared):
        return _send(statement, given).all()
    return _execute(statement, given).all()


@overload
def first(statement: Select[RowType] | Prepared[RowType], **given: Any) -> RowType | None: ...
@overload
def first(statement: Executable, **given: Any) -> Row[Any] | None: ...
def first(statement: Executable | Prepared[Any], **given: Any) -> Any:
    """The first row or None, after what is queued; `given` as for `rows`."""
    if isinstance(statement, Prepared):
        return _send(statement, given).first()
    return _execute(statement, given).first()


def scalar(statement: Executable | Prepared[Any], **given: Any) -> Any:
    """The first column of the first row or None, after what is queued; `given` as for `rows`."""
    if isinstance(statement, Prepared):
        row = _send(statement, given).values()
        return None if row is None else row[0]
    return _execute(statement, given).scalar()


def oldest_write_ms() -> int:
    """The milliseconds of the database's clock at (or a little before) which the oldest writing transaction still in
    progress began; the present when there is none. All that was written before is visible to what is read next."""
    return int(scalar(active_writers.OLDEST_MS))


def run(statement: Executable | Prepared[Any], **given: Any) -> int:
    """Do an UPDATE or DELETE at once; how many rows it touched; `given` as for `rows`."""
    if isinstance(statement, Prepared):
        return _send(statement, given).count
    return _execute(statement, given).rowcount


def _execute(statement: Executable, given: dict[str, Any] | None = None) -> CursorResult[Any]:
    flush()
    lock_log.note(statement)
    result = current().connection.execute(statement, given or None)
    if isinstance(statement, TextClause) and result.returns_rows:
        compare_text(statement, result.keys())
    return result


def _send(statement: Prepared[Any], given: dict[str, Any]) -> Answer:
    if statement.tables is None or any(queued.table.name in statement.tables for queued in current().queue):
        flush()
    lock_log.note_locks(statement.locks)
    answer = driver.send(current().transaction, statement.text, statement.params(given))
    if not statement.is_compared:
        statement.compare(list(answer.columns))
    return answer
