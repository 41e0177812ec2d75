"""In tests: the tables whose rows a transaction locks, one after the other, held against the one order of locks.

Two transactions that lock the same rows the other way round wait for each other until the database ends one. With one
order for all there is no such pair. Which order that is stands in workflow/steps/orders/lock_order.py; this is how it
is watched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Delete, Select, Table, TextClause, Update
from sqlalchemy.sql.base import Executable


class WrongLockOrder(AssertionError):
    """A transaction locked a row of a table after one of a table that comes later in the order."""


_UPDATES = re.compile(r"\bUPDATE (\w+) SET\b")
_ranks: Mapping[str, int] = {}
_parts: Mapping[str, str] = {}


@dataclass
class _Held:
    transaction: str
    tables: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)


_held: ContextVar[_Held | None] = ContextVar("locks_held", default=None)


def watch(ranks: Mapping[str, int], parts: Mapping[str, str]) -> None:
    """From now on hold every transaction of this process against these ranks, by table; none: nothing is watched.
    `parts` names tables of which nobody locks a row while its whole, in another table, is locked."""
    global _ranks, _parts
    _ranks, _parts = ranks, parts


def begin(transaction: str) -> None:
    """A transaction of this name begins in this context."""
    if _ranks:
        _held.set(_Held(transaction))


def note(statement: Executable) -> None:
    """The open transaction is about to send this statement. Raises as `note_locks` does."""
    if _ranks:
        note_locks(locked_by(statement))


def note_locks(tables: Iterable[str]) -> None:
    """The open transaction is about to lock rows of these tables.

    Raises:
        WrongLockOrder: it locks rows of a table that should have been locked before.
    """
    if _ranks:
        for table in tables:
            note_write(table, is_insert=False)


def note_write(table: str, *, is_insert: bool) -> None:
    """The open transaction is about to write to this table. A row that it made itself nobody else can wait for.
    Raises as `note` does."""
    held = _held.get()
    if held is None or table not in _ranks or table in held.tables or table in held.made:
        return
    if is_insert:
        held.made.add(table)
        return
    if _parts.get(table) in held.tables or _parts.get(table) in held.made:
        return
    if held.tables and _ranks[held.tables[-1]] > _ranks[table]:
        raise WrongLockOrder(f"{held.transaction} locks {table} after {' → '.join(held.tables)}")
    held.tables.append(table)


def locked_by(statement: Executable) -> list[str]:
    """The tables of which a statement locks rows."""
    if isinstance(statement, Update | Delete):
        return [str(statement.table)]
    if isinstance(statement, TextClause):
        return _UPDATES.findall(statement.text)
    for_update: Any = getattr(statement, "_for_update_arg", None)
    if for_update is None or not isinstance(statement, Select):
        return []
    of = for_update.of or statement.get_final_froms()
    return sorted({each.name for each in of if isinstance(each, Table)})
