"""Trouble of the database that passes by itself: the caller is told to come again, and nothing is called broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.errors import Unavailable
from app.core.log import get_logger

# Serialization failure, deadlock, a lock or a statement that took too long, an idle transaction that was ended; a
# broken connection, a server that stops or starts, one without room for more.
_PASSING = ("40001", "40P01", "55P03", "57014", "25P03", "08", "57P", "53")


class Busy(Unavailable):
    """The database could not do this now. Nothing of the transaction stands, unless the line broke at its very end:
    what is done again must carry an id of its own."""

    default_code = "unavailable"


@contextmanager
def told(transaction: str) -> Iterator[None]:
    """Turns what passes into Busy; a statement that is wrong stays what it is."""
    try:
        yield
    except PoolTimeout as error:
        raise _busy(transaction, "no connection of the pool was free") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        # Without a state the server said nothing: it is not there, or the line broke.
        lost = error.connection_invalidated or (isinstance(error, OperationalError) and not state)
        if lost or state.startswith(_PASSING):
            raise _busy(transaction, state or "connection lost") from error
        raise
    except psycopg.OperationalError as error:  # at its very beginning, which SQLAlchemy does not see
        raise _busy(transaction, error.sqlstate or "connection lost") from error


def _busy(transaction: str, why: str) -> Busy:
    get_logger().warning("database_busy", transaction=transaction, why=why)
    return Busy("unavailable", "This could not be done just now; try again in a moment.")
