"""The database: one kind of transaction (a phase), and the guards that keep it short.

Inside a phase `write` queues a statement; the queue goes to the database as one statement with the others at the
next read, or at the end. That is what keeps the hot paths at a few round trips. Two changes of one table are never
sent together, since PostgreSQL does not order them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, CursorResult, Engine, Insert, Row, Table, Update, literal
from sqlalchemy.dialects.postgresql import Insert as PgInsert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.base import Executable

from app.core import clock, context
from app.core.db import busy, lock_log, proviso, writing
from app.core.db import rows as ready
from app.core.db.roles import APP_ROLE, SYSTEM_ROLE
from app.core.errors import Conflict
from app.core.process import crash


class Base(DeclarativeBase):
    """Every table of the project."""

    if TYPE_CHECKING:
        __table__: ClassVar[Table]


Base.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
db = SQLAlchemy(model_class=Base, disable_autonaming=True)
# By the role that its transactions run as.
_engines: dict[str, Engine] = {}


def connect_to(app: Engine, system: Engine) -> None:
    """Make these the connections of every transaction of this process, for one business and for those that cross
    businesses; none needs Flask's context then."""
    # The driver begins nothing by itself: BEGIN travels together with what a transaction is to know (see db._begin).
    for role, engine in ((APP_ROLE, app), (SYSTEM_ROLE, system)):
        _engines[role] = engine.execution_options(isolation_level="AUTOCOMMIT")


def forget_connections() -> None:
    """Close the idle connections, which a restart of the database has cut; the next transaction makes a new one."""
    for engine in _engines.values():
        engine.dispose()


class Moved(Conflict):
    """The row was changed by somebody else between reading and writing; read again and decide again."""

    default_code = "moved"


_TOGETHER = 500  # writes in one statement: each has some ten parameters, and a statement at most 65,535
_STEP_NUMBERS = ("uq_state_changes_row", "uq_outbox_events_sequence")


@dataclass
class _Write:
    statement: Insert | Update | ready.Sql
    table: str
    is_insert: bool
    expect: int | None
    otherwise: Exception | None


@dataclass
class _Open:
    """The transaction that is open now in this context."""

    name: str
    connection: Connection
    business_id: uuid.UUID | None
    read_only: bool
    queue: list[_Write] = field(default_factory=list)
    emitted: set[uuid.UUID] = field(default_factory=set)


_open: ContextVar[_Open | None] = ContextVar("open_phase", default=None)
# What the next phase of this context writes first, besides its own (see outbox.handling).
first_write: ContextVar[Callable[[], None] | None] = ContextVar("first_write", default=None)


def in_transaction() -> bool:
    """Whether a phase or a reading is open in this context."""
    return _open.get() is not None


@contextmanager
def phase(name: str, business_id: uuid.UUID) -> Iterator[None]:
    """One short transaction for one business: commits at its end, rolls back on any exception.

    Only workflow/ opens one (and core's own outbox and idempotency). `name` is `file.step`; tests can stop the
    process at `name.before_commit` and `name.after`.

    Raises:
        RuntimeError: one is open already.
    """
    with _transaction(name, APP_ROLE, business_id=business_id, read_only=False):
        yield
    crash.point(f"{name}.after")


@contextmanager
def system_phase(name: str, *, by: Engine | None = None) -> Iterator[None]:
    """A phase that may cross businesses. Every use is a named one: the relay, sweeps, people's logins. `by` other
    connections than everybody's, when it must not wait for one."""
    with _transaction(name, SYSTEM_ROLE, business_id=None, read_only=False, by=by):
        yield
    crash.point(f"{name}.after")


@contextmanager
def reading(business_id: uuid.UUID) -> Iterator[None]:
    """A read-only transaction for one business; inside an open phase or reading of that business, that one.

    Raises:
        RuntimeError: a transaction of another business, or of all, is open.
    """
    opened = _open.get()
    if opened is not None:
        if opened.business_id != business_id:
            raise RuntimeError(f"{opened.name}: a transaction of another business is open already")
        yield
        return
    with _transaction("reading", APP_ROLE, business_id=business_id, read_only=True):
        yield


@contextmanager
def system_reading() -> Iterator[None]:
    """A read-only transaction across businesses."""
    with _transaction("system_reading", SYSTEM_ROLE, business_id=None, read_only=True):
        yield


@contextmanager
def _transaction(
    name: str, role: str, *, business_id: uuid.UUID | None, read_only: bool, by: Engine | None = None
) -> Iterator[None]:
    if _open.get() is not None:
        raise RuntimeError(f"{name}: a transaction is open already; phases do not nest")
    if not _engines:
        raise RuntimeError("no database: create_app or start comes first")
    with busy.told(name, writes=not read_only), (by or _engines[role]).begin() as connection:
        _begin(connection, role, business_id=business_id, read_only=read_only)
        opened = _Open(name, connection, business_id, read_only)
        token = _open.set(opened)
        lock_log.begin(name)
        mark = None if read_only else first_write.get()
        try:
            if mark is not None:
                first_write.set(None)
                mark()
            yield
            flush()
            if not read_only:
                crash.point(f"{name}.before_commit")
        except BaseException:
            if mark is not None:  # rolled back with the rest: the next phase writes it
                first_write.set(mark)
            raise
        finally:
            _open.reset(token)


def _begin(connection: Connection, role: str, *, business_id: uuid.UUID | None, read_only: bool) -> None:
    """Open the transaction, tell it who it is for and who acts, and hear the time, in one round trip: two statements
    travel together only without parameters. Nothing in their text comes from outside but what `context.acting` has
    looked through."""
    who = business_id.hex if business_id is not None else ""
    told = f"set_config('role', '{role}', true), set_config('bursar.business_id', '{who}', true)"
    if acting := context.acting():
        told += f", set_config('bursar.actor', '{acting}', true)"
    told = f"{clock.ASK}, {told}" if clock.is_due() else told
    begin = f"BEGIN READ ONLY; SELECT {told}" if read_only else f"BEGIN; SELECT {told}, {writing.MARK}"
    asked = None if read_only or business_id is None else proviso.question()
    driver: Any = connection.connection.driver_connection
    sent_ns = clock.count_ns()
    try:
        answers = driver.execute(f"{begin}; {asked}" if asked else begin, prepare=False)
        if told.startswith(clock.ASK):
            clock.hear(answers.set_result(1).fetchone()[0], sent_ns=sent_ns)
    except psycopg.OperationalError as error:
        connection.invalidate(error)
        raise
    if asked and not answers.set_result(-1).rowcount:
        raise proviso.Superseded


def here() -> uuid.UUID:
    """The business of the open phase or reading.

    Raises:
        RuntimeError: none is open, or it crosses businesses.
    """
    business_id = _current().business_id
    if business_id is None:
        raise RuntimeError("this transaction belongs to no single business")
    return business_id


def write(statement: Insert | Update, *, expect: int | None = None, otherwise: Exception | None = None) -> None:
    """Queue a write of the open phase. With `expect`, so many rows must be touched, else `otherwise` is raised
    (Moved by default) and the phase is rolled back; `otherwise` may be raised at the next read.

    Raises:
        RuntimeError: no phase is open.
    """
    _queue(_Write(statement, str(statement.table), isinstance(statement, Insert), expect, otherwise))


def add(model: type[Base], **values: Any) -> None:
    """Queue a new row; columns without a value get their default. A value may be `rows.Sql`."""
    table = model.__table__
    _queue(_Write(ready.insert(table, with_defaults(table, values)), table.name, True, None, None))


def add_once(model: type[Base], **values: Any) -> None:
    """Queue a new row that may be there already."""
    table = model.__table__
    _queue(_Write(ready.insert(table, with_defaults(table, values), once=True), table.name, True, None, None))


def add_all(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Queue new rows; none is fine."""
    for row in rows:
        add(model, **row)


def step(model: type[Base], row_id: uuid.UUID, values: dict[str, Any], *, status: str, version: int) -> None:
    """Queue a compare-and-set of one row: Moved is raised when it no longer stands at `status` and `version`."""
    table = model.__table__
    statement = ready.step(table, (here(), row_id), values, status=status, version=version)
    _queue(_Write(statement, table.name, False, 1, None))


def new_row(model: type[Base], **values: Any) -> PgInsert:
    """The INSERT of one row, for `write` with an ON CONFLICT or an expectation."""
    table = model.__table__
    return pg_insert(table).values(ready.literals(table, with_defaults(table, values)))


def change(model: type[Base], row_id: uuid.UUID, **values: Any) -> Update:
    """The UPDATE of one row of the open phase's business; add conditions with `.where`."""
    table = model.__table__
    return (
        table.update().where(table.c.business_id == here(), table.c.id == row_id).values(ready.literals(table, values))
    )


def flush() -> None:
    """Send what is queued, as one statement.

    Raises:
        Moved: an expectation failed (or what its write named instead), or somebody else took the same step.
    """
    try:
        _send()
    except IntegrityError as error:
        # A step carries its history and its event in one statement with the compare-and-set, so the slower of two
        # may fail on their numbers before anybody has counted the rows of the update.
        taken = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if taken in _STEP_NUMBERS:
            raise Moved("moved", "This was changed by somebody else; try again.") from error
        raise


def _queue(added: _Write) -> None:
    opened = _current()
    if opened.read_only:
        raise RuntimeError("no write outside a phase")
    meets = [queued for queued in opened.queue if queued.table == added.table]
    goes_apart = meets and (added.expect is not None or not all(each.is_insert for each in (*meets, added)))
    if goes_apart or len(opened.queue) >= _TOGETHER:
        flush()
    opened.queue.append(added)


def _send() -> None:
    """Ready-made texts travel together as one WITH statement; what SQLAlchemy has to compile goes by itself."""
    opened = _current()
    queue, opened.queue = opened.queue, []
    for queued in queue:
        lock_log.note_write(queued.table, is_insert=queued.is_insert)
    opened.emitted.clear()
    together: list[_Write] = []
    for queued in queue:
        if isinstance(queued.statement, ready.Sql):
            together.append(queued)
            continue
        _send_together(opened.connection, together)
        together = []
        if queued.expect is None:
            opened.connection.execute(queued.statement)
        else:  # counted by what comes back: rowcount does not count an INSERT that was in conflict
            _check(queued, len(opened.connection.execute(queued.statement.returning(literal(1))).all()))
    _send_together(opened.connection, together)


def _send_together(connection: Connection, together: Sequence[_Write]) -> None:
    if not together:
        return
    parts: list[str] = []
    params: list[Any] = []
    counts: list[str] = []
    for number, queued in enumerate(together):
        assert isinstance(queued.statement, ready.Sql)
        counted = queued.expect is not None
        parts.append(f"w{number} AS ({queued.statement.text}{' RETURNING 1' if counted else ''})")
        params += queued.statement.params
        if counted:
            counts.append(f"(SELECT count(*) FROM w{number})")
    text = f"WITH {', '.join(parts)} SELECT {', '.join(counts) or '1'}"
    touched = connection.exec_driver_sql(text, tuple(params)).one()
    for queued, count in zip((each for each in together if each.expect is not None), touched, strict=False):
        _check(queued, count)


def _check(queued: _Write, touched: int) -> None:
    if queued.expect is not None and touched != queued.expect:
        raise queued.otherwise or Moved("moved", f"{queued.table} was changed by somebody else; try again.")


def rows(statement: Executable, **given: Any) -> Sequence[Row[Any]]:
    """All rows of a statement, after what is queued; `given` are the values of its bindparams. On the hot paths a
    statement is made once: making it costs as much Python as sending it."""
    return _execute(statement, given).all()


def first(statement: Executable, **given: Any) -> Row[Any] | None:
    """The first row or None, after what is queued; `given` as for `rows`."""
    return _execute(statement, given).first()


def scalar(statement: Executable) -> Any:
    """The first column of the first row or None, after what is queued."""
    return _execute(statement).scalar()


def oldest_write_ms() -> int:
    """The milliseconds of the database's clock at (or a little before) which the oldest writing transaction still in
    progress began; the present when there is none. All that was written before is visible to what is read next."""
    return int(scalar(writing.OLDEST_MS))


def run(statement: Executable) -> int:
    """Do an UPDATE or DELETE at once; how many rows it touched."""
    return _execute(statement).rowcount


def _execute(statement: Executable, given: dict[str, Any] | None = None) -> CursorResult[Any]:
    flush()
    lock_log.note(statement)
    return _current().connection.execute(statement, given or None)


def emitting(aggregate_id: uuid.UUID) -> None:
    """Events of one aggregate are numbered by the database, so two must not travel in one statement."""
    opened = _current()
    if aggregate_id in opened.emitted:
        flush()
    opened.emitted.add(aggregate_id)


def _current() -> _Open:
    opened = _open.get()
    if opened is None:
        raise RuntimeError("no transaction is open: workflow opens phases, read opens readings")
    return opened


def with_defaults(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """The row with its columns' defaults: SQLAlchemy adds none to an INSERT inside a WITH."""
    full = dict(values)
    if "business_id" in table.c and "business_id" not in full:
        full["business_id"] = here()
    for column in table.columns:
        default: Any = column.default
        if column.name not in full and default is not None:
            full[column.name] = default.arg(None) if default.is_callable else default.arg
    return full
