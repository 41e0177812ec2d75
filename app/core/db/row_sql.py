"""Rows as ready-made SQL text. SQLAlchemy describes the tables; for the two statements that the hot paths are made of,
an INSERT of one row and a compare-and-set step, building its expression objects costs more than sending them.

Texts are made once per table and set of columns; values travel as parameters, typed by their columns so that the
database can keep one plan for each text.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int4, Int8
from sqlalchemy import BigInteger, Integer, Table, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True)
class Sql:
    """A statement, or a value that the database computes, with what goes into its %s."""

    text: str
    params: Sequence[Any]


@dataclass(frozen=True)
class NextNumber:
    """The number after the highest among rows like the new one, which `sql` computes; `of` says which those are. Rows
    that travel in one statement do not see one another, so each counts those before it."""

    sql: Sql
    of: uuid.UUID


_COMPUTED = (Sql, NextNumber)
_ARE_COMPUTED = frozenset(_COMPUTED)


class Numbers:
    """How many rows of one statement take a number of the same sequence."""

    def __init__(self) -> None:
        self._taken: dict[uuid.UUID, int] = {}

    def place(self, number: NextNumber) -> Sql:
        """The number's expression, behind those of its sequence that were placed before."""
        before = self._taken.get(number.of, 0)
        self._taken[number.of] = before + 1
        return Sql(f"{number.sql.text} + {before}", number.sql.params) if before else number.sql


ONCE = " ON CONFLICT DO NOTHING"
_UNMET = "unmet part "
_UNMET_PART = re.compile(f'"{_UNMET}([0-9]+):[0-9]+"')


def adding(table: Table, column: str) -> str:
    """What makes an INSERT add to a column of the row that has its id already."""
    return f" ON CONFLICT (business_id, id) DO UPDATE SET {column} = {table.name}.{column} + excluded.{column}"


def insert(table: Table, values: dict[str, Any], numbers: Numbers, *, on_conflict: str = "") -> Sql:
    """INSERT of one row; `on_conflict` says what becomes of one that exists already. A value may be `Sql`, or a
    `NextNumber`."""
    names = tuple(values)
    if not _ARE_COMPUTED.isdisjoint(map(type, values.values())):
        return _insert_computed(table, values, numbers, on_conflict)
    params = [
        value if fit is None or value is None else fit(value)
        for fit, value in zip(_fitters_of(table, names), values.values(), strict=True)
    ]
    return Sql(_insert_text(table.name, names, (), on_conflict), params)


def _insert_computed(table: Table, values: dict[str, Any], numbers: Numbers, on_conflict: str) -> Sql:
    fits = _fitters_of(table, tuple(values))
    params: list[Any] = []
    computed: list[tuple[str, str]] = []
    for fit, (name, value) in zip(fits, values.items(), strict=True):
        if isinstance(value, _COMPUTED):
            sql = numbers.place(value) if isinstance(value, NextNumber) else value
            params += sql.params
            computed.append((name, sql.text))
        else:
            params.append(value if fit is None or value is None else fit(value))
    return Sql(_insert_text(table.name, tuple(values), tuple(computed), on_conflict), params)


def step(table: Table, key: tuple[uuid.UUID, uuid.UUID], values: dict[str, Any], *, known: dict[str, Any]) -> Sql:
    """UPDATE of the row `key` (business, id), if it still has the values that it is `known` by, none of them None."""
    params = [
        value if fit is None or value is None else fit(value)
        for fits, some in ((_fitters_of(table, tuple(values)), values), (_fitters_of(table, tuple(known)), known))
        for fit, value in zip(fits, some.values(), strict=True)
    ]
    params[len(values) : len(values)] = key
    return Sql(_step_text(table.name, tuple(values), tuple(known)), params)


@lru_cache(maxsize=1024)
def _insert_text(table: str, names: tuple[str, ...], computed: tuple[tuple[str, str], ...], on_conflict: str) -> str:
    texts = dict(computed)
    places = ", ".join(texts.get(name, "%s") for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}){on_conflict}"


@lru_cache(maxsize=1024)
def _step_text(table: str, names: tuple[str, ...], known: tuple[str, ...]) -> str:
    sets = ", ".join(f"{name} = %s" for name in names)
    conditions = "".join(f" AND {name} = %s" for name in known)
    return f"UPDATE {table} SET {sets} WHERE business_id = %s AND id = %s{conditions}"


@lru_cache(maxsize=2048)
def together(parts: tuple[tuple[str, int | None], ...]) -> str:
    """One statement of these, with places $1, $2… instead of %s. With each is how many rows it must touch, if that
    matters: where it touches others, the statement fails (see `unmet`), so that a COMMIT may travel behind it."""
    ctes = ", ".join(
        f"w{number} AS ({text}{' RETURNING 1' if expect is not None else ''})"
        for number, (text, expect) in enumerate(parts)
    )
    checks = ", ".join(
        # What the text of the number says is not known before the rows are counted, so it is read only then.
        f"(SELECT CASE WHEN count(*) = {expect} THEN 0 ELSE ('{_UNMET}{number}:' || count(*))::int END FROM w{number})"
        for number, (_, expect) in enumerate(parts)
        if expect is not None
    )
    begin, *rest = f"WITH {ctes} SELECT {checks or '1'}".split("%s")
    return begin + "".join(f"${number}{piece}" for number, piece in enumerate(rest, start=1))


def unmet(message: str) -> int | None:
    """Which part of `together` touched other rows than it must, by the database's message; None for another failure."""
    found = _UNMET_PART.search(message)
    return int(found[1]) if found else None


@lru_cache(maxsize=1024)
def _fitters_of(table: Table, names: tuple[str, ...]) -> tuple[Callable[[Any], Any] | None, ...]:
    return tuple(_fitter(table.columns[name].type) for name in names)


def _fitter(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSONB):
        return Jsonb
    if isinstance(kind, BigInteger):
        return Int8
    if isinstance(kind, Integer):
        return Int4
    return None


def literals(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Plain values as bound literals, so that several statements can share one without their names colliding."""
    bound: dict[str, Any] = {}
    for name, value in values.items():
        kind: TypeEngine[Any] = table.c[name].type
        bound[name] = (
            value if hasattr(value, "__clause_element__") or hasattr(value, "compile") else literal(value, kind)
        )
    return bound
