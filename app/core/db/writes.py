"""Writes of the open phase: queued, and sent together at the next read or at the end of the phase.

Two changes of one table are never sent together, since PostgreSQL does not order them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, ParamSpec

from sqlalchemy import Connection, Insert, Table, Update, literal
from sqlalchemy.dialects.postgresql import Insert as PgInsert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError

from app.core.db import driver, lock_log, row_sql
from app.core.db.base import Base
from app.core.db.transaction import Write, current, here
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
    _queue(Write(statement, str(statement.table), isinstance(statement, Insert), expect, otherwise))


def add(model: Callable[Values, Base], *_: Values.args, **values: Values.kwargs) -> None:
    """Queue a new row; columns without a value get their default. A value may be `row_sql.Sql`."""
    table = _table(model)
    _queue(Write(row_sql.insert(table, with_defaults(table, values)), table.name, True, None, None))


def add_once(model: Callable[Values, Base], *_: Values.args, **values: Values.kwargs) -> None:
    """Queue a new row that may be there already."""
    table = _table(model)
    _queue(Write(row_sql.insert(table, with_defaults(table, values), once=True), table.name, True, None, None))


def step(model: type[Base], row_id: uuid.UUID, values: dict[str, Any], *, status: str, version: int) -> None:
    """Queue a compare-and-set of one row: VersionConflict is raised when it no longer stands at `status` and
    `version`."""
    table = model.__table__
    statement = row_sql.step(table, (here(), row_id), values, status=status, version=version)
    _queue(Write(statement, table.name, False, 1, None))


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


def flush() -> None:
    """Send what is queued, as one statement.

    Raises:
        VersionConflict: an expectation failed (or what its write named instead), or somebody else took the same step.
    """
    try:
        _send()
    except IntegrityError as error:
        # A step carries its history and its event in one statement with the compare-and-set, so the slower of two
        # may fail on their numbers before anybody has counted the rows of the update.
        taken = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if taken in _STEP_NUMBERS:
            raise VersionConflict("version_conflict", "This was changed in the meantime. Try again.") from error
        raise


def emitting(aggregate_id: uuid.UUID) -> None:
    """Events of one aggregate are numbered by the database, so two must not travel in one statement."""
    opened = current()
    if aggregate_id in opened.emitted:
        flush()
    opened.emitted.add(aggregate_id)


def with_defaults(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """The row with its columns' defaults: SQLAlchemy adds none to an INSERT inside a WITH."""
    full = dict(values)
    for column in table.columns:
        default: Any = column.default
        if column.name not in full and default is not None:
            full[column.name] = default.arg(None) if default.is_callable else default.arg
    return full


def _queue(added: Write) -> None:
    opened = current()
    if opened.read_only:
        raise RuntimeError("no write outside a phase")
    meets = [queued for queued in opened.queue if queued.table == added.table]
    goes_apart = meets and (added.expect is not None or not all(each.is_insert for each in (*meets, added)))
    if goes_apart or len(opened.queue) >= _TOGETHER:
        flush()
    opened.queue.append(added)


def _send() -> None:
    """Ready-made texts travel together as one WITH statement; what SQLAlchemy has to compile goes by itself."""
    opened = current()
    queue, opened.queue = opened.queue, []
    for queued in queue:
        lock_log.note_write(queued.table, is_insert=queued.is_insert)
    opened.emitted.clear()
    together: list[Write] = []
    for queued in queue:
        if isinstance(queued.statement, row_sql.Sql):
            together.append(queued)
            continue
        _send_together(opened.connection, together)
        together = []
        if queued.expect is None:
            opened.connection.execute(queued.statement)
        else:  # counted by what comes back: rowcount does not count an INSERT that was in conflict
            _check(queued, len(opened.connection.execute(queued.statement.returning(literal(1))).all()))
    _send_together(opened.connection, together)


def _send_together(connection: Connection, together: Sequence[Write]) -> None:
    if not together:
        return
    params: list[Any] = []
    parts: list[tuple[str, bool]] = []
    for queued in together:
        assert isinstance(queued.statement, row_sql.Sql)
        parts.append((queued.statement.text, queued.expect is not None))
        params += queued.statement.params
    touched = driver.send(connection, row_sql.together(tuple(parts)), params, driver.PLAIN).fetchone()
    for queued, count in zip((each for each in together if each.expect is not None), touched or (), strict=False):
        _check(queued, count)


def _check(queued: Write, touched: int) -> None:
    if queued.expect is not None and touched != queued.expect:
        raise queued.otherwise or VersionConflict(
            "version_conflict", f"{queued.table} was changed in the meantime. Try again."
        )
