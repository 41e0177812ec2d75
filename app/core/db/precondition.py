"""What must be so, for every phase of a piece of work, from its beginning to its end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Table

from app.core.errors import Conflict

_statement: ContextVar[tuple[str, Sequence[uuid.UUID]] | None] = ContextVar("precondition", default=None)


class Superseded(Conflict):
    """Another request has taken over what this one was about, while this one stood still."""

    default_code = "idempotency_in_flight"

    def __init__(self) -> None:
        super().__init__(message="This request was taken over by a repeat of it; repeat it to have the answer.")


@contextmanager
def while_row_matches(table: Table, business_id: uuid.UUID, row_id: uuid.UUID, **stands: uuid.UUID) -> Iterator[None]:
    """Phases of one business that are opened inside raise Superseded unless this row stands so, and keep it so until
    they end. It is asked in the round trip of their BEGIN."""
    expected = {
        table.c.business_id: business_id,
        table.c.id: row_id,
        **{table.c[name]: stands[name] for name in stands},
    }
    where = " AND ".join(f"{column.name} = ${place}" for place, column in enumerate(expected, start=1))
    sql = " ".join(("SELECT 1 FROM", table.name, "WHERE", where, "FOR KEY SHARE"))
    token = _statement.set((sql, tuple(expected.values())))
    try:
        yield
    finally:
        _statement.reset(token)


def statement() -> tuple[str, Sequence[uuid.UUID]] | None:
    """What must find a row when a phase begins, with the values of its places."""
    return _statement.get()
