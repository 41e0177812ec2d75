"""Phases and readings: the only transactions there are."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event

from app.core import clock, context
from app.core.db import driver, lock_log, precondition, transient_errors
from app.core.db.prepared import Prepared
from app.core.db.reads import only
from app.core.db.roles import APP_ROLE, SYSTEM_ROLE
from app.core.db.transaction import Open, open_here
from app.core.db.typed import RowType
from app.core.db.writes import finish, queue_counts
from app.core.process import crash

# By the role that its transactions run as.
_engines: dict[str, Engine] = {}
# What the next phase of this context writes first, besides its own (see outbox.handling).
first_write: ContextVar[Callable[[], None] | None] = ContextVar("first_write", default=None)
# The one business that what crosses businesses sees in this context (see `narrowed_to`).
_narrowed: ContextVar[uuid.UUID | None] = ContextVar("only_business", default=None)


def connect_to(app: Engine, system: Engine) -> None:
    """Make these the connections of every transaction of this process, for one business and for those that cross
    businesses; none needs Flask's context then. Their isolation level is AUTOCOMMIT."""
    for role, engine in ((APP_ROLE, app), (SYSTEM_ROLE, system)):
        event.listen(engine, "connect", driver.keep_plans)
        _engines[role] = engine


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


def system_first(statement: Prepared[RowType], **given: Any) -> RowType | None:
    """The first row of one read across businesses, or None; the whole transaction is one round trip."""
    with system_reading():
        return only(statement, **given)


@contextmanager
def narrowed_to(business_id: uuid.UUID) -> Iterator[None]:
    """Inside, what crosses businesses sees this one alone, and its time: so a sweep of all looks after one."""
    token, whose = _narrowed.set(business_id), clock.whose.set(business_id)
    try:
        yield
    finally:
        clock.whose.reset(whose)
        _narrowed.reset(token)


def is_narrowed() -> bool:
    """Whether what crosses businesses sees one of them alone here."""
    return _narrowed.get() is not None


@contextmanager
def _transaction(
    name: str, role: str, *, business_id: uuid.UUID | None, read_only: bool, by: Engine | None = None
) -> Iterator[None]:
    if open_here.get() is not None:
        raise RuntimeError(f"{name}: a transaction is open already; phases do not nest")
    if not _engines:
        raise RuntimeError("no database: create_app or start comes first")
    if business_id is None and (business_id := _narrowed.get()) is not None:
        role = APP_ROLE
    mark = None if read_only or business_id is None else first_write.get()
    # What is written first makes the row that later phases look at.
    is_checked = not read_only and business_id is not None and mark is None
    who = business_id.hex if business_id is not None else ""
    must_be = precondition.statement() if is_checked else None
    beginning = driver.Beginning(role, who, context.acting(), read_only, must_be)
    with transient_errors.translated(name, writes=not read_only), _begun(by or _engines[role], beginning) as begun:
        opened = Open(name, begun, business_id, read_only)
        token, whose = open_here.set(opened), clock.whose.set(business_id)
        lock_log.begin(name)
        try:
            if clock.has_own(business_id):
                begun.begin()  # so that its time is known before it is asked for
            if mark is not None:
                first_write.set(None)
                mark()
            opened.begins_with_writes = True
            yield
            if opened.counts:
                queue_counts()
            if must_be is not None:
                begun.begin()
            if not read_only:
                crash.point(f"{name}.before_commit")
            finish()
        except BaseException as error:
            if mark is not None:  # rolled back with the rest: the next phase writes it
                first_write.set(mark)
            begun.roll_back(error)
            raise
        finally:
            clock.whose.reset(whose)
            open_here.reset(token)


@contextmanager
def _begun(engine: Engine, beginning: driver.Beginning) -> Iterator[driver.Transaction]:
    """A transaction, which begins with its first statement. A connection that was cut while it lay idle (the database
    restarted) is replaced then, and the others of its pool with it: nothing was done on it yet."""
    with ExitStack() as connections:

        def reconnect(error: BaseException) -> Connection:
            connection.invalidate(error)
            connections.pop_all().__exit__(type(error), error, error.__traceback__)
            engine.dispose()
            return connections.enter_context(engine.connect())

        connection = connections.enter_context(engine.connect())
        yield driver.Transaction(connection, beginning, reconnect)
