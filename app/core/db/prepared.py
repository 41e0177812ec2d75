"""Statements of the hot paths, compiled once: from then on their text and values go straight to the driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, cast, overload

from sqlalchemy import Delete, Dialect, Insert, Select, TextClause, Update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.schema import Table

from app.core.db import lock_log
from app.core.db.typed import RowType, compare_text

_DIALECT = cast(Dialect, cast(Any, PGDialect_psycopg)())
_PLACE = re.compile(r"%\((?P<one>\w+)\)s|__\[POSTCOMPILE_(?P<several>\w+)\]|%%")

Statement = Select[Any] | TextClause | Insert | Update | Delete


@dataclass(frozen=True)
class _Place:
    """What goes to $n: the value `given` under its name, or one that stands in the statement, or what is `computed` at
    each call; `fit` makes it fit."""

    name: str
    is_given: bool
    value: Any = None
    computed: Callable[[], Any] | None = None
    fit: Callable[[Any], Any] | None = None

    def param(self, given: Mapping[str, Any]) -> Any:
        if self.computed is not None:
            return self.computed()
        return _fitted(given[self.name], self.fit) if self.is_given else self.value


class Prepared(Generic[RowType]):
    """A statement that is finished at its first use. Its rows are named tuples."""

    def __init__(self, statement: Statement, tables: frozenset[str] | None = None, *, over: str | None = None) -> None:
        self._statement, self._tables, self.over = statement, tables, over
        self.is_compared = not isinstance(statement, TextClause)

    @cached_property
    def text(self) -> str:
        """With places $1, $2…"""
        return self._finished[0]

    @cached_property
    def tables(self) -> frozenset[str] | None:
        """What it reads or writes; None where nobody knows."""
        if self._tables is not None or isinstance(self._statement, TextClause):
            return self._tables
        return frozenset(each.name for each in visitors.iterate(self._statement) if isinstance(each, Table))

    @cached_property
    def locks(self) -> tuple[str, ...]:
        """The tables of which it locks rows."""
        return tuple(lock_log.locked_by(self._statement))

    @cached_property
    def is_reading(self) -> bool:
        """Whether it is known to change nothing."""
        return isinstance(self._statement, Select)

    @cached_property
    def keeps(self) -> str | None:
        """The table of which it locks rows and gives them whole, if it is such a statement."""
        statement = self._statement
        if not isinstance(statement, Select) or (lock := statement._for_update_arg) is None:
            return None
        [table, *more] = statement.get_final_froms()
        if not isinstance(table, Table) or more or lock.read or lock.key_share:
            return None
        return table.name if list(statement.selected_columns) == list(table.columns) else None

    def params(self, given: Mapping[str, Any]) -> list[Any]:
        """What goes to $1, $2…

        Raises:
            KeyError: a value is missing.
        """
        return [place.param(given) for place in self._finished[1]]

    def compare(self, columns: list[str]) -> None:
        """Whether these columns are those that its description names; a text knows its own only once it was sent."""
        assert isinstance(self._statement, TextClause)
        compare_text(self._statement, columns)
        self.is_compared = True

    @cached_property
    def _finished(self) -> tuple[str, tuple[_Place, ...]]:
        compiled = cast(SQLCompiler, cast(ClauseElement, self._statement).compile(dialect=_DIALECT))
        fixed = compiled.construct_params(_check=False)
        fitters = cast("dict[str, Callable[[Any], Any]]", compiled._bind_processors)
        given = {name for bind, name in compiled.bind_names.items() if bind.required}
        computed = {name: bind.callable for bind, name in compiled.bind_names.items() if bind.callable}
        places: dict[str, _Place] = {}

        def numbers(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%"
            if name := found["one"]:
                fit = fitters.get(name)
                value = None if name in given or name in computed else _fitted(fixed[name], fit)
                places.setdefault(name, _Place(name, name in given, value, computed.get(name), fit))
                return f"${list(places).index(name) + 1}"
            several = found["several"]
            if several in given:
                raise TypeError(f"{several}: a list of values that differ is written = ANY(…), not IN")
            each = {f"{several}/{index}": value for index, value in enumerate(fixed[several])}
            for name, value in each.items():
                places.setdefault(name, _Place(name, False, value))
            return ", ".join(f"${list(places).index(name) + 1}" for name in each)

        text = _PLACE.sub(numbers, str(compiled))
        return text, tuple(places.values())


def _fitted(value: Any, fit: Callable[[Any], Any] | None) -> Any:
    return value if value is None or fit is None else fit(value)


@overload
def prepared(
    statement: Select[RowType], *, tables: tuple[str, ...] = (), over: str | None = None
) -> Prepared[RowType]: ...
@overload
def prepared(statement: Statement, *, tables: tuple[str, ...] = (), over: str | None = None) -> Prepared[Any]: ...
def prepared(statement: Statement, *, tables: tuple[str, ...] = (), over: str | None = None) -> Prepared[Any]:
    """A statement of a hot path, made once when its module is loaded: with a `bindparam` for each value that differs
    from call to call, and no IN of a list that differs (write `= ANY`). What is queued for tables that it does not read
    is not sent before it; those of a text are named as `tables`. Rows lie `over` a table when they have its ids and its
    columns, and which rows there are does not depend on what steps change: then the steps that are queued for them are
    laid over, and not sent before."""
    return Prepared(statement, frozenset(tables) or None, over=over)
