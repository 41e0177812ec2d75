"""The transaction that is open in this context, and what is queued in it."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

from sqlalchemy import BindParameter, Connection, Insert, Update, Uuid, bindparam

from app.core.db.row_sql import Sql


@dataclass
class Write:
    """A queued write, and how many rows it must touch."""

    statement: Insert | Update | Sql
    table: str
    is_insert: bool
    expect: int | None
    otherwise: Exception | None


@dataclass
class Open:
    """The transaction that is open now in this context."""

    name: str
    connection: Connection
    business_id: uuid.UUID | None
    read_only: bool
    queue: list[Write] = field(default_factory=list)
    emitted: set[uuid.UUID] = field(default_factory=set)


open_here: ContextVar[Open | None] = ContextVar("open_phase", default=None)


def current() -> Open:
    """The open phase or reading.

    Raises:
        RuntimeError: none is open.
    """
    opened = open_here.get()
    if opened is None:
        raise RuntimeError("no transaction is open: workflow opens phases, read opens readings")
    return opened


def in_transaction() -> bool:
    """Whether a phase or a reading is open in this context."""
    return open_here.get() is not None


def here() -> uuid.UUID:
    """The business of the open phase or reading.

    Raises:
        RuntimeError: none is open, or it crosses businesses.
    """
    business_id = current().business_id
    if business_id is None:
        raise RuntimeError("this transaction belongs to no single business")
    return business_id


# The same as a value in a statement that is made before any transaction is open.
HERE: BindParameter[uuid.UUID] = bindparam("here", type_=Uuid(), callable_=here)
