"""Reads of the open phase or reading. Each sends before what is queued and it could see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from sqlalchemy import CursorResult, Row, Select, TextClause
from sqlalchemy.sql.base import Executable

from app.core.db import active_writers, driver, lock_log, locked_rows
from app.core.db.line import Answer
from app.core.db.prepared import Prepared
from app.core.db.transaction import Open, Write, current
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
        found = _send(statement, given).all()
        return found if statement.over is None else locked_rows.laid_over(current(), statement.over, found)
    return _execute(statement, given).all()


@overload
def first(statement: Select[RowType] | Prepared[RowType], **given: Any) -> RowType | None: ...
@overload
def first(statement: Executable, **given: Any) -> Row[Any] | None: ...
def first(statement: Executable | Prepared[Any], **given: Any) -> Any:
    """The first row or None, after what is queued; `given` as for `rows`."""
    if isinstance(statement, Prepared):
        row = _send(statement, given).first()
        if row is not None and statement.keeps is not None:
            locked_rows.keep(current(), statement.keeps, row)
        return row
    return _execute(statement, given).first()


def scalar(statement: Executable | Prepared[Any], **given: Any) -> Any:
    """The first column of the first row or None, after what is queued; `given` as for `rows`."""
    if isinstance(statement, Prepared):
        row = _send(statement, given).values()
        return None if row is None else row[0]
    return _execute(statement, given).scalar()


def begin() -> None:
    """Begin the open transaction now, which brings the database's time along, and not with its first statement."""
    current().transaction.begin()


def oldest_write_ms() -> int:
    """The milliseconds of the database's clock at (or a little before) which the oldest writing transaction still in
    progress began; the present when there is none. All that was written before is visible to what is read next."""
    return int(scalar(active_writers.OLDEST_MS))


def ahead(statement: Prepared[Any], **given: Any) -> None:
    """Let this read travel behind the next one, in its round trip. Whoever asks for it then has the answer at once, if
    nothing was written or locked in between: for what is needed in any case, and stays so under the locks that the
    next read takes."""
    current().ahead.append((statement, statement.params(given)))


def only(statement: Prepared[RowType], **given: Any) -> RowType | None:
    """The first row or None; the transaction ends with it."""
    [answer] = driver.send(current().transaction, [(statement.text, statement.params(given))], ends=True)
    found: RowType | None = answer.first()
    return found


def run(statement: Executable | Prepared[Any], **given: Any) -> int:
    """Do an UPDATE or DELETE at once; how many rows it touched; `given` as for `rows`."""
    opened = current()
    opened.held.clear()
    opened.locked.clear()
    if isinstance(statement, Prepared):
        return _send(statement, given).count
    return _execute(statement, given).rowcount


def _execute(statement: Executable, given: dict[str, Any] | None = None) -> CursorResult[Any]:
    flush()
    current().held.clear()
    if not isinstance(statement, Select):
        current().locked.clear()
    lock_log.note(statement)
    result = current().connection.execute(statement, given or None)
    if isinstance(statement, TextClause) and result.returns_rows:
        compare_text(statement, result.keys())
    return result


def _send(statement: Prepared[Any], given: dict[str, Any]) -> Answer:
    opened, asked = current(), (statement, statement.params(given))
    if statement.locks:
        opened.held.clear()
    if not statement.is_reading:
        opened.locked.clear()
    for place, (known, answer) in enumerate(opened.held):
        if known == asked and not _could_see_queued(opened, statement):
            del opened.held[place]
            return answer
    several, opened.ahead = [asked, *(each for each in opened.ahead if each != asked)], []
    for each, _ in several:
        lock_log.note_locks(each.locks)
    texts = [(each.text, params) for each, params in several]
    if any(_could_see_queued(opened, each) for each, _ in several):
        answers = flush(*texts)
    else:
        answers = driver.send(opened.transaction, texts)
    for (each, _), answer in zip(several, answers, strict=True):
        if not each.is_compared:
            each.compare(list(answer.columns))
    opened.held += list(zip(several[1:], answers[1:], strict=True))
    return answers[0]


def _could_see_queued(opened: Open, statement: Prepared[Any]) -> bool:
    tables = statement.tables
    return any(
        tables is None or (each.table.name in tables and not _is_laid_over(each, statement)) for each in opened.queue
    )


def _is_laid_over(queued: Write, statement: Prepared[Any]) -> bool:
    """Whether its answer needs only to be changed as the row will be."""
    return queued.table.name == statement.over and queued.step is not None
