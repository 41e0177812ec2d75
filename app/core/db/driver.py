"""Finished statements, sent straight to the driver: SQLAlchemy's way there costs several times what it needs."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import RowMaker, no_result, tuple_row
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.core.db.transient_errors import is_cut

# Statements that a connection keeps plans of: more than the hot paths have, so that none is forgotten for another.
MAX_PLANS = 400

_PLAN_IS_STALE = "0A000"
PLAIN = tuple_row


def named(cursor: psycopg.Cursor[Any]) -> RowMaker[Any]:
    """Rows whose columns are read by name, also from a `_mapping`, as those of SQLAlchemy."""
    result = cursor.pgresult
    if result is None or not result.nfields:
        return no_result
    row: Any = _row_type(tuple(result.fname(place) for place in range(result.nfields)))
    make: RowMaker[Any] = row._make
    return make


@lru_cache(maxsize=512)
def _row_type(columns: tuple[bytes | None, ...]) -> Any:
    row = namedtuple("Row", [(column or b"").decode() for column in columns], rename=True)  # type: ignore[misc]
    return type("Row", (row,), {"__slots__": (), "_mapping": property(row._asdict)})


def keep_plans(line: Any, _: object) -> None:
    """Let a new connection keep the plans of all hot statements."""
    line.prepared_max = MAX_PLANS


def send(connection: Connection, text: str, params: Sequence[Any], shape: Any = named) -> psycopg.Cursor[Any]:
    """Send a text with places $1, $2…; a cursor with what came back, its rows as `shape` makes them.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    line: Any = connection.connection.driver_connection
    try:
        return psycopg.RawCursor(line, row_factory=shape).execute(text, params)
    except psycopg.Error as error:
        is_lost = line.closed or (isinstance(error, psycopg.OperationalError) and is_cut(error))
        if is_lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=is_lost
        ) from error


def roll_back(connection: Connection, reason: BaseException) -> None:
    """Undo the open transaction past psycopg, which forgets every plan of the connection at a rollback (it cannot know
    that no table was made in it). A refusal, such as "this order cannot be completed yet", would cost them all. Only
    where a table was changed under a plan they are forgotten."""
    if connection.invalidated or getattr(getattr(reason, "orig", None), "sqlstate", None) == _PLAN_IS_STALE:
        return
    line: Any = connection.connection.driver_connection
    if not line.closed:
        line.pgconn.exec_(b"ROLLBACK")
