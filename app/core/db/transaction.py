"""The transaction that is open in this context, and what is queued in it."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Connection, Insert, Table, Update, Uuid, bindparam

from app.core.db.driver import Transaction
from app.core.db.line import Answer
from app.core.db.prepared import Prepared


@dataclass
class Write:
    """A queued write, and how many rows it must touch. A `statement` that SQLAlchemy has to compile goes by itself; a
    new row and a step are kept as values until they are sent."""

    table: Table
    expect: int | None = None
    otherwise: Exception | None = None
    statement: Insert | Update | None = None
    new: NewRow | None = None
    step: Step | None = None


@dataclass
class NewRow:
    """A row that is not sent yet. With `once`, it may be there already; what `added` would have is added to that of the
    row of this id."""

    values: dict[str, Any]
    once: bool = False
    added: str | None = None


@dataclass
class Step:
    """A compare-and-set of one row that is not sent yet: from what it is `known` by to what `values` says."""

    row_id: uuid.UUID
    known: dict[str, Any]
    values: dict[str, Any]


@dataclass
class Count:
    """What is added to `column` of a counter; the row as it would be made."""

    table: Table
    column: str
    row: dict[str, Any]


# A finished read, and the values of its places.
Asked = tuple[Prepared[Any], list[Any]]


@dataclass
class Open:
    """The transaction that is open now in this context."""

    name: str
    transaction: Transaction
    business_id: uuid.UUID | None
    read_only: bool
    # A write begins it, so that what has an id of its own is younger (see active_writers); a mark has none, and waits.
    begins_with_writes: bool = False
    queue: list[Write] = field(default_factory=list)
    # Added up until the end of the phase, by table and id (see writes.count).
    counts: dict[tuple[str, uuid.UUID], Count] = field(default_factory=dict)
    # Reads that travel with the next one, and answers of those that did, until somebody asks for them.
    ahead: list[Asked] = field(default_factory=list)
    held: list[tuple[Asked, Answer]] = field(default_factory=list)
    # Whole rows that it has locked, by table and id, as they stand without what is queued (see locked_rows).
    locked: dict[tuple[str, uuid.UUID], Any] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        """For statements that SQLAlchemy compiles."""
        return self.transaction.connection


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
