"""Phases and readings: the only transactions there are."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event

from app.core import clock, context
from app.core.db import active_writers, driver, lock_log, precondition, transient_errors
from app.core.db.roles import APP_ROLE, SYSTEM_ROLE
from app.core.db.transaction import Open, open_here
from app.core.db.writes import flush, queue_counts
from app.core.process import crash

# By the role that its transactions run as.
_engines: dict[str, Engine] = {}
# What the next phase of this context writes first, besides its own (see outbox.handling).
first_write: ContextVar[Callable[[], None] | None] = ContextVar("first_write", default=None)


def connect_to(app: Engine, system: Engine) -> None:
    """Make these the connections of every transaction of this process, for one business and for those that cross
    businesses; none needs Flask's context then."""
    # The driver begins nothing by itself: BEGIN travels together with what a transaction is to know (see _begin).
    for role, engine in ((APP_ROLE, app), (SYSTEM_ROLE, system)):
        event.listen(engine, "connect", driver.keep_plans)
        _engines[role] = engine.execution_options(isolation_level="AUTOCOMMIT")


def forget_connections() -> None:
    """Close the idle connections, which a restart of the database has cut; the next transaction makes a new one."""
    for engine in _engines.values():
        engine.dispose()


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
    opened = open_here.get()
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
    if open_here.get() is not None:
        raise RuntimeError(f"{name}: a transaction is open already; phases do not nest")
    if not _engines:
        raise RuntimeError("no database: create_app or start comes first")
    begin = partial(_begin, role=role, business_id=business_id, read_only=read_only)
    with transient_errors.translated(name, writes=not read_only), _opened(by or _engines[role], begin) as connection:
        opened = Open(name, connection, business_id, read_only)
        token = open_here.set(opened)
        lock_log.begin(name)
        mark = None if read_only or business_id is None else first_write.get()
        try:
            if mark is not None:
                first_write.set(None)
                mark()
            yield
            if opened.counts:
                queue_counts()
            flush()
            if not read_only:
                crash.point(f"{name}.before_commit")
        except BaseException as error:
            if mark is not None:  # rolled back with the rest: the next phase writes it
                first_write.set(mark)
            driver.roll_back(connection, error)
            raise
        finally:
            open_here.reset(token)


@contextmanager
def _opened(engine: Engine, begin: Callable[[Connection], None]) -> Iterator[Connection]:
    """A connection on which `begin` is done; committed at the end, rolled back on any exception. A connection that was
    cut while it lay idle (the database restarted) is replaced, and the others of its pool with it: nothing was done on
    it yet."""
    with ExitStack() as stack:
        try:
            with ExitStack() as first:
                connection = first.enter_context(engine.begin())
                begin(connection)
                stack.push(first.pop_all())
        except psycopg.OperationalError as error:
            if not transient_errors.is_cut(error):
                raise
            engine.dispose()
            connection = stack.enter_context(engine.begin())
            begin(connection)
        yield connection


def _begin(connection: Connection, *, role: str, business_id: uuid.UUID | None, read_only: bool) -> None:
    """Open the transaction, tell it who it is for and who acts, and hear the time, in one round trip: two statements
    travel together only without parameters. Nothing in their text comes from outside but what `context.acting` has
    looked through."""
    who = business_id.hex if business_id is not None else ""
    statements = f"set_config('role', '{role}', true), set_config('bursar.business_id', '{who}', true)"
    if acting := context.acting():
        statements += f", set_config('bursar.actor', '{acting}', true)"
    statements = f"{clock.ASK}, {statements}" if clock.is_due() else statements
    begin = (
        f"BEGIN READ ONLY; SELECT {statements}" if read_only else f"BEGIN; SELECT {statements}, {active_writers.MARK}"
    )
    # What is written first makes the row that later phases look at.
    is_checked = not read_only and business_id is not None and first_write.get() is None
    precondition_query = precondition.precondition_sql() if is_checked else None
    line: Any = connection.connection.driver_connection
    sent_ns = clock.count_ns()
    try:
        answers = line.execute(f"{begin}; {precondition_query}" if precondition_query else begin, prepare=False)
        if statements.startswith(clock.ASK):
            clock.hear(answers.set_result(1).fetchone()[0], sent_ns=sent_ns)
    except psycopg.OperationalError as error:
        connection.invalidate(error)
        raise
    if precondition_query and not answers.set_result(-1).rowcount:
        raise precondition.Superseded
