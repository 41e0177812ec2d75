"""Trouble of the database that passes by itself: the caller is told to come again, and nothing is called broken."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.errors import Conflict, Unavailable
from app.core.log import get_logger

# A full disk or a failed one, and a server that takes no writes: they pass when people made room.
_STORAGE = ("53100", "58030")
_READ_ONLY = "25006"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
# Serialization failure, deadlock.
_CONTENDED = ("40001", "40P01", "uq_orders_number")
# A broken connection; a server that stops, starts or ends a connection (57014 is a cancelled statement alone).
_CUT = ("08", "57P")
# Those, a lock or a statement that took too long, an idle transaction that was ended; a broken connection, a server
# that stops or starts, one without room for more.
_PASSING = (*_CONTENDED, "55P03", "57014", "25P03", "08", "57P", "53")

_ERASED = "ck_ledger_accounts_erased"  # see erasing
_DRAWN_TWICE = ("uq_orders_number",)  # what was drawn by lot is somebody's already; drawn again it will not be
RETRY_AFTER_S = 10  # room is made by people


class Busy(Unavailable):
    """The database could not do this now. Nothing of the transaction stands, unless the line broke at its very end:
    what is done again must carry an id of its own."""

    default_code = "unavailable"


class Storage(Busy):
    """There is no room for what was to be written. Nothing of the transaction stands; reading goes on."""

    default_code = "storage"


class Contended(Busy):
    """Two transactions stood in each other's way, and the database ended this one. All of it is undone."""


@contextmanager
def translated(transaction: str, *, writes: bool) -> Iterator[None]:
    """Turns what passes into Busy; a statement that is wrong stays what it is, as does a write where none is meant."""
    try:
        yield
    except PoolTimeout as error:
        raise _busy(transaction, "no connection of the pool was free") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        # Without a state the server said nothing: it is not there, or the line broke.
        lost = error.connection_invalidated or (isinstance(error, OperationalError) and not state)
        if state in _STORAGE or (writes and state == _READ_ONLY):
            raise _full(transaction, state) from error
        if lost or state.startswith(_PASSING):
            raise _busy(transaction, state or "connection lost") from error
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if constraint in _DRAWN_TWICE:
            raise _busy(transaction, constraint) from error
        if constraint == _ERASED:
            raise Conflict("buyer_erased", "This buyer was erased. Use a new reference.") from error
        raise
    except psycopg.OperationalError as error:  # past SQLAlchemy
        raise _busy(transaction, error.sqlstate or "connection lost") from error


def is_cut(error: psycopg.OperationalError) -> bool:
    """Whether the line to the server broke, or the server ended it; otherwise a statement was refused on a line that
    holds."""
    return not error.sqlstate or error.sqlstate.startswith(_CUT)


def as_app_error(error: Exception) -> Exception:
    """The error, or what it means to a caller when the disk of this machine took no more."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return _full("file", error.strerror or "")
    return error


@contextmanager
def best_effort(note: str) -> Iterator[None]:
    """Let a note be missing that nobody waits for, such as when a key was last used: whoever only reads must be able
    to while nothing can be written."""
    try:
        yield
    except Unavailable as error:
        get_logger().info("write_skipped", note=note, code=error.code)


def _full(transaction: str, state: str) -> Storage:
    get_logger().error("database_cannot_write", transaction=transaction, why=state)
    message = "Nothing can be stored at the moment, and nothing was changed. Try again in a while."
    return Storage("storage", message, details={"retry_after_s": RETRY_AFTER_S})


def _busy(transaction: str, why: str) -> Busy:
    get_logger().warning("database_busy", transaction=transaction, why=why)
    kind = Contended if why in _CONTENDED else Busy
    return kind("unavailable", "This could not be done just now; try again in a moment.")
