"""Tables and their rows, as type checkers see them: `table(Order)` is the table itself, whose columns are known to be
those of the model, and a row of it counts as an `Order`. Nothing of it is there at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from sqlalchemy import Column, ColumnElement, Delete, Insert, Join, Select, TextClause, Update
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql import roles
from sqlalchemy.sql.base import ReadOnlyColumnCollection


class JoinedRow:
    """What the rows of a join have: a subclass says the columns' names and types as annotations, and nothing else.
    Nobody makes one; `select_as` says which statement gives such rows."""

    __slots__ = ()


RowType = TypeVar("RowType", bound=DeclarativeBase | JoinedRow)
Model = TypeVar("Model", bound=DeclarativeBase)

AnySelect = Select[*tuple[Any, ...]]  # whatever its columns are
_compared: set[type[Any]] = set()
_texts: dict[TextClause, type[Any]] = {}  # whose columns are known once they were sent

if TYPE_CHECKING:

    class TableOf(roles.TypedColumnsClauseRole[Model], roles.FromClauseRole, Generic[Model]):
        """The table of a model."""

        name: str

        @property
        def c(self) -> type[Model]:
            """Its columns."""

        def __clause_element__(self) -> roles.ExpressionElementRole[Any]: ...
        @property
        def columns(self) -> ReadOnlyColumnCollection[str, Column[Any]]:
            """Its columns by names that are only known at run time."""

        def select(self) -> Select[Model]: ...
        def alias(self, name: str | None = None) -> TableOf[Model]: ...
        def update(self) -> Update: ...
        def insert(self) -> Insert: ...
        def delete(self) -> Delete: ...
        def join(self, right: TableOf[Any] | Join, onclause: ColumnElement[bool] | None = None) -> Join: ...
        def outerjoin(self, right: TableOf[Any] | Join, onclause: ColumnElement[bool] | None = None) -> Join: ...

else:
    TableOf = Sequence


def table(model: type[Model]) -> TableOf[Model]:
    """The table of a model, with the types of its columns."""
    return cast("TableOf[Model]", model.__table__)


def part(_model: type[RowType], row: object) -> RowType:
    """The columns of a model in a row that has others too: it is the same row."""
    return cast(RowType, row)


def by_name(row: DeclarativeBase | JoinedRow) -> Mapping[str, Any]:
    """The row's columns by their names, as forms are filled."""
    return cast("Mapping[str, Any]", cast(Any, row)._mapping)


def select_as(model: type[RowType], statement: AnySelect | TextClause) -> Select[RowType]:
    """The statement, whose rows are described by a model or by a `JoinedRow`. Raises TypeError when a `JoinedRow` names
    other columns than the first statement that it describes; of a text, whoever reads it first raises that."""
    if model not in _compared:
        if isinstance(statement, TextClause):
            _texts[statement] = model
        else:
            _compare(model, statement.selected_columns.keys())
    return cast("Select[RowType]", statement)


def compare_text(statement: TextClause, columns: Iterable[str]) -> None:
    """Once for each text that is described: whether what it gives, which are these, are the columns of its
    description."""
    if model := _texts.pop(statement, None):
        _compare(model, columns)


def _compare(model: type[Any], columns: Iterable[str]) -> None:
    """Once for each description: type checkers do not see which columns a statement has."""
    if issubclass(model, JoinedRow):
        described = {name for each in model.__mro__ for name in vars(each).get("__annotations__", ())}
        if differing := described ^ set(columns):
            raise TypeError(f"{model.__name__} and its statement differ in {sorted(differing)}.")
    _compared.add(model)
