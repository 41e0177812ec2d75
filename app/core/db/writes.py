"""Writes of the open phase: queued, and sent together before the next read that could see them, or at the end.

PostgreSQL does not order what one statement writes. So two changes of one row become one, and changes of one table
that could meet are sent one after the other.
"""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import attrgetter
from typing import Any, ParamSpec, cast

from sqlalchemy import Insert, Table, Update, literal
from sqlalchemy.dialects.postgresql import Insert as PgInsert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.db import driver, lock_log, locked_rows, row_sql
from app.core.db.base import Base
from app.core.db.line import Answer, Statement
from app.core.db.transaction import Count, NewRow, Open, Step, Write, current, here
from app.core.errors import Conflict


class VersionConflict(Conflict):
    """The row was changed by somebody else between reading and writing; read again and decide again."""

    default_code = "version_conflict"


Values = ParamSpec("Values")  # the columns of a model, as its constructor takes them (see base.Columns)
_table: Callable[[Callable[..., Base]], Table] = attrgetter("__table__")
_TOGETHER = 500  # writes in one statement: each has some ten parameters, and a statement at most 65,535
_STEP_NUMBERS = ("uq_state_changes_row", "uq_outbox_events_sequence")


def write(statement: Insert | Update, *, expect: int | None = None, otherwise: Exception | None = None) -> None:
    """Queue a write of the open phase. With `expect`, so many rows must be touched, else `otherwise` is raised
    (VersionConflict by default) and the phase is rolled back; `otherwise` may be raised at the next read.

    Raises:
        RuntimeError: no phase is open.
    """
    _queue(Write(cast(Table, statement.table), expect, otherwise, statement=statement))


def add(model: Callable[Values, Base], *_: Values.args, **values: Values.kwargs) -> None:
    """Queue a new row; columns without a value get their default. A value may be `row_sql.Sql`."""
    table = _table(model)
    _queue(Write(table, new=NewRow(with_defaults(table, values))))


def add_once(
    model: Callable[Values, Base],
    *_: Values.args,
    **values: Values.kwargs,
) -> None:
    """Queue a new row that may be there already."""
    table = _table(model)
    _queue(Write(table, new=NewRow(with_defaults(table, values), once=True)))


def count(model: Callable[Values, Base], column: str, *_: Values.args, **values: Values.kwargs) -> None:
    """Add to `column` of the counter of this id, or make it: the values are the row's, the column's is what is added
    and may be negative. Counters are written last, in the order of their ids, and each once: the phase then ends, so
    others wait for them as shortly as can be, and never for each other."""
    opened, table = current(), _table(model)
    row = with_defaults(table, values)
    known = opened.counts.setdefault((table.name, row["id"]), Count(table, column, {**row, column: 0}))
    known.row[column] += row[column]


def queue_counts() -> None:
    """Queue what was added to counters; the phase ends."""
    counts = current().counts
    for _, each in sorted(counts.items()):
        if each.row[each.column]:
            _queue(Write(each.table, new=NewRow(each.row, added=each.column)))
    counts.clear()


def step(model: type[Base], row_id: uuid.UUID, values: dict[str, Any], *, status: str, version: int) -> None:
    """Queue a compare-and-set of one row: VersionConflict is raised when it no longer stands at `status` and
    `version`. What is queued for the row already takes the step with it: a new row is written as it stands after it."""
    table = model.__table__
    for queued in current().queue:
        if queued.table is table and _takes(queued, row_id, values, status=status, version=version):
            return
    known = {"status": status, "version": version}
    _queue(Write(table, expect=1, step=Step(row_id, known, dict(values))))


def change_known(
    model: type[Base], row_id: uuid.UUID, values: dict[str, Any], *, otherwise: Exception | None = None, **known: Any
) -> None:
    """Queue a change of one row that still has the values that it is `known` by; `otherwise` is raised (VersionConflict
    by default) when it has not."""
    _queue(Write(model.__table__, 1, otherwise, step=Step(row_id, known, values)))


def add_or_raise(otherwise: Exception, model: Callable[Values, Base], *_: Values.args, **values: Values.kwargs) -> None:
    """Queue a new row; `otherwise` is raised when one that is unique in the same way is there already."""
    table = _table(model)
    _queue(Write(table, 1, otherwise, new=NewRow(with_defaults(table, values), once=True)))


def _takes(queued: Write, row_id: uuid.UUID, values: dict[str, Any], *, status: str, version: int) -> bool:
    if queued.new is not None:
        if queued.new.once and queued.expect is None:
            return False  # it may not be the row that is there
        stands = queued.new.values
        if (stands.get("id"), stands.get("status"), stands.get("version")) != (row_id, status, version):
            return False
    elif queued.step is not None:
        stands = queued.step.values
        if (queued.step.row_id, stands.get("status"), stands.get("version")) != (row_id, status, version):
            return False
    else:
        return False
    stands.update(values)
    return True


def new_row(model: Callable[Values, Base], *_: Values.args, **values: Values.kwargs) -> PgInsert:
    """The INSERT of one row, for `write` with an ON CONFLICT or an expectation."""
    table = _table(model)
    return pg_insert(table).values(row_sql.literals(table, with_defaults(table, values)))


def change(model: type[Base], row_id: uuid.UUID, **values: Any) -> Update:
    """The UPDATE of one row of the open phase's business; add conditions with `.where`."""
    table = model.__table__
    return (
        table.update()
        .where(table.c.business_id == here(), table.c.id == row_id)
        .values(row_sql.literals(table, values))
    )


def flush(*reads: Statement) -> Sequence[Answer]:
    """Send what is queued, as one statement; `reads` travel behind it, and are answered.

    Raises:
        VersionConflict: an expectation failed (or what its write named instead), or somebody else took the same step.
    """
    with _steps_counted():
        return _send(reads)


def finish() -> None:
    """Send what is queued and end the phase: together where no part of it has to be compiled. Raises as `flush`."""
    opened = current()
    with _steps_counted():
        if opened.queue and all(queued.statement is None for queued in opened.queue):
            _send((), ends=True)
        else:
            _send(())
            opened.transaction.end()


@contextmanager
def _steps_counted() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        # A step carries its history and its event in one statement with the compare-and-set, so the slower of two
        # may fail on their numbers before anybody has counted the rows of the update.
        taken = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if taken in _STEP_NUMBERS:
            raise VersionConflict("version_conflict", "This was changed in the meantime. Try again.") from error
        raise


def with_defaults(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """The row with its columns' defaults: SQLAlchemy adds none to an INSERT inside a WITH."""
    full = dict(values)
    for name, make, default in _defaults(table):
        if name not in full:
            full[name] = default if make is None else make()
    return full


@lru_cache(maxsize=256)
def _defaults(table: Table) -> tuple[tuple[str, Callable[[], Any] | None, Any], ...]:
    """Of each column with a default what makes it, or what it is."""
    columns: list[tuple[str, Any]] = [(column.name, column.default) for column in table.columns]
    return tuple(
        # SQLAlchemy wraps functions, to give them a context that none of ours takes.
        (name, inspect.unwrap(each.arg), None) if each.is_callable else (name, None, each.arg)
        for name, each in columns
        if each is not None
    )


def _queue(added: Write) -> None:
    opened = current()
    if opened.read_only:
        raise RuntimeError("no write outside a phase")
    meets = [queued for queued in opened.queue if queued.table is added.table]
    if (meets and _could_meet([*meets, added])) or len(opened.queue) >= _TOGETHER:
        flush()
    if opened.begins_with_writes:
        opened.transaction.begin()
    opened.queue.append(added)


def _could_meet(writes: Sequence[Write]) -> bool:
    """Whether the order of these changes of one table could matter: not of new rows alone; of different rows only where
    one may take what another gives up."""
    if all(each.new is not None or isinstance(each.statement, Insert) for each in writes):
        return any(each.expect is not None for each in writes)
    rows = [_row_id(each) for each in writes]
    return None in rows or len(set(rows)) < len(rows) or _gives_up(writes[0].table)


def _row_id(queued: Write) -> uuid.UUID | None:
    """Which row it changes, where that is one that is known."""
    if queued.step is not None:
        return queued.step.row_id
    return queued.new.values.get("id") if queued.new is not None else None


@lru_cache(maxsize=256)
def _gives_up(table: Table) -> bool:
    """Whether something is unique among some rows of the table only."""
    return any(index.unique and index.dialect_kwargs.get("postgresql_where") is not None for index in table.indexes)


def _send(reads: Sequence[Statement], *, ends: bool = False) -> Sequence[Answer]:
    """New rows and steps travel together as one WITH statement; what SQLAlchemy has to compile goes by itself. With
    `ends`, the end of the phase follows the last."""
    opened = current()
    queue, opened.queue = opened.queue, []
    if queue:
        opened.held.clear()
        locked_rows.note_sent(opened, queue)
    for queued in queue:
        is_insert = isinstance(queued.statement, Insert) or (queued.new is not None and queued.new.added is None)
        lock_log.note_write(queued.table.name, is_insert=is_insert)
    together: list[Write] = []
    for queued in queue:
        if queued.statement is None:
            together.append(queued)
            continue
        _send_together(opened, together)
        together = []
        if queued.expect is None:
            opened.connection.execute(queued.statement)
        else:  # counted by what comes back: rowcount does not count an INSERT that was in conflict
            _check(queued, len(opened.connection.execute(queued.statement.returning(literal(1))).all()))
    return _send_together(opened, together, reads, ends=ends)


def _send_together(
    opened: Open, together: Sequence[Write], reads: Sequence[Statement] = (), *, ends: bool = False
) -> Sequence[Answer]:
    if not together:
        return driver.send(opened.transaction, reads) if reads else ()
    params: list[Any] = []
    parts: list[tuple[str, int | None]] = []
    numbers = row_sql.Numbers()
    for queued in together:
        sql = _sql(queued, numbers)
        parts.append((sql.text, queued.expect))
        params += sql.params
    try:
        written = row_sql.together(tuple(parts)), params
        return driver.send(opened.transaction, [written, *reads], ends=ends)[1:]
    except DBAPIError as error:
        if (unmet := row_sql.unmet(str(error.orig))) is None:
            raise
        raise _unmet(together[unmet]) from error


def _sql(queued: Write, numbers: row_sql.Numbers) -> row_sql.Sql:
    if (new := queued.new) is not None:
        on_conflict = row_sql.adding(queued.table, new.added) if new.added else row_sql.ONCE if new.once else ""
        return row_sql.insert(queued.table, new.values, numbers, on_conflict=on_conflict)
    assert queued.step is not None
    step = queued.step
    key = (here(), step.row_id)
    return row_sql.step(queued.table, key, step.values, known=step.known)


def _check(queued: Write, touched: int) -> None:
    if queued.expect is not None and touched != queued.expect:
        raise _unmet(queued)


def _unmet(queued: Write) -> Exception:
    return queued.otherwise or VersionConflict(
        "version_conflict", f"{queued.table.name} was changed in the meantime. Try again."
    )
