"""Finished statements, sent straight to the driver: SQLAlchemy's way there costs several times what it needs.

A transaction begins with the first statement that is sent in it, and may end with the last: they travel together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.db import active_writers, own_times
from app.core.db.line import MAX_PLANS, Answer, Line, Statement
from app.core.db.precondition import Superseded
from app.core.db.transient_errors import is_cut

# A table was changed under a plan; a plan is gone.
_PLANS_ARE_STALE = ("0A000", "26000")
_COMMIT: Statement = ("COMMIT", ())


@dataclass(frozen=True)
class Beginning:
    """What a transaction is to know before its first statement: as which role, for which business, who acts; and a
    statement that must find a row."""

    role: str
    business: str
    acting: str
    is_read_only: bool
    precondition: Statement | None

    def statements(self, *, asks_time: bool) -> list[Statement]:
        """BEGIN and what follows; the first value of the second is the database's time where it is asked, and the last
        is what test clocks say."""
        settings = _SETTINGS[asks_time, self.is_read_only], (self.role, self.business, self.acting)
        begin: Statement = ("BEGIN READ ONLY" if self.is_read_only else "BEGIN", ())
        more = [each for each in (self.precondition, own_times.ASK if asks_time else None) if each]
        return [begin, settings, *more]


def _settings(*, asks_time: bool, is_read_only: bool) -> str:
    values = [clock.ASK] if asks_time else []
    values += ["set_config('role', $1, true)", "set_config('bursar.business_id', $2, true)"]
    values += ["set_config('bursar.actor', $3, true)", *([] if is_read_only else [active_writers.MARK])]
    return f"SELECT {', '.join(values)}"


_SETTINGS = {(a, r): _settings(asks_time=a, is_read_only=r) for a in (True, False) for r in (True, False)}


class Transaction:
    """A connection, and whether its transaction has begun. `reconnect` gives another connection in place of one that
    was cut while it lay idle."""

    def __init__(
        self, connection: Connection, beginning: Beginning, reconnect: Callable[[BaseException], Connection]
    ) -> None:
        self._connection, self._beginning, self._reconnect = connection, beginning, reconnect
        self._has_begun = False
        self._line = _line(connection)

    @property
    def has_begun(self) -> bool:
        """Whether anything was sent."""
        return self._has_begun

    @property
    def connection(self) -> Connection:
        """For statements that SQLAlchemy compiles: begun."""
        self.begin()
        return self._connection

    def begin(self) -> None:
        """Begin now, without waiting for a statement: where what follows is made in this process, such as ids."""
        if not self._has_begun:
            self._together([], asks_time=clock.is_due() or clock.has_own(self._beginning.business))

    def send(self, statements: Sequence[Statement], *, ends: bool = False) -> Sequence[Answer]:
        """Send statements, after the beginning that was not sent yet; with `ends`, the end follows.

        Raises:
            DBAPIError: as SQLAlchemy raises it.
            Superseded: the precondition finds no row.
        """
        if not self._has_begun and clock.is_due():
            self.begin()  # by itself, so that the answer tells the time and not how long a statement took
        return self._together(statements, ends=ends)

    def end(self) -> None:
        """Commit, if anything was sent. One that another transaction lies around ends with that."""
        if self._has_begun and self._line.is_ours and not self._line.is_idle:
            self._together([], ends=True)

    def roll_back(self, reason: BaseException) -> None:
        """Undo it past psycopg, which forgets every plan of the connection at a rollback (it cannot know that no table
        was made in it). A refusal, such as "this order cannot be completed yet", would cost them all."""
        if self._connection.invalidated or not self._line.is_ours:
            return
        if getattr(getattr(reason, "orig", None), "sqlstate", None) in _PLANS_ARE_STALE:
            self._connection.invalidate(reason)
            return
        self._line.roll_back()

    def _together(
        self, statements: Sequence[Statement], *, ends: bool = False, asks_time: bool = False
    ) -> Sequence[Answer]:
        begin = [] if self._has_begun else self._beginning.statements(asks_time=asks_time)
        all_of_them = [*begin, *statements, *([_COMMIT] if ends and self._line.is_ours else ())]
        sent_ns = clock.count_ns()
        try:
            answers = self._first(all_of_them, ends=ends) if begin else self._line.send(all_of_them)
        except psycopg.Error as error:
            is_lost = self._is_lost(error)
            if is_lost:
                self._connection.invalidate(error)
            raise DBAPIError.instance(
                all_of_them[-1][0], None, error, psycopg.Error, hide_parameters=True, connection_invalidated=is_lost
            ) from error
        self._has_begun = True
        if asks_time:
            [database_s, *_] = answers[1].values() or ()
            clock.hear(database_s, sent_ns=sent_ns)
            own_times.hear_all(*(answers[len(begin) - 1].values() or ()))
        if begin and self._beginning.precondition and not answers[2].count:
            raise Superseded
        return answers[len(begin) : len(begin) + len(statements)]

    def _first(self, statements: Sequence[Statement], *, ends: bool) -> list[Answer]:
        """Send what begins the transaction; once more where nothing of it was done."""
        try:
            return self._line.send(statements)
        except psycopg.errors.InvalidSqlStatementName:  # whoever else had the connection let psycopg drop its plans
            self._line.forget()
        except psycopg.OperationalError as error:
            if ends or not self._is_lost(error):
                raise
            self._connection = self._reconnect(error)
            self._line = _line(self._connection)
        return self._line.send(statements)

    def _is_lost(self, error: psycopg.Error) -> bool:
        return self._line.connection.closed or (isinstance(error, psycopg.OperationalError) and is_cut(error))


def keep_plans(connection: Any, _: object) -> None:
    """Let a new connection keep the plans of what SQLAlchemy sends."""
    connection.prepared_max = MAX_PLANS


def send(opened: Transaction, statements: Sequence[Statement], *, ends: bool = False) -> Sequence[Answer]:
    """As `Transaction.send`: every finished statement goes through here, where tests look on."""
    return opened.send(statements, ends=ends)


def _line(connection: Connection) -> Line:
    info = connection.info
    line: Line | None = info.get("line")
    if line is None:
        driver: Any = connection.connection.driver_connection
        line = info["line"] = Line(driver)
    return line
