"""Tables and their rows, as type checkers see them: `table(Order)` is the table itself, whose columns are known to be
those of the model, and a row of it counts as an `Order`. Nothing of it is there at run time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from sqlalchemy import Column, ColumnElement, Delete, Insert, Join, Row, Select, Update
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql import roles
from sqlalchemy.sql.base import ReadOnlyColumnCollection

Model = TypeVar("Model", bound=DeclarativeBase)

AnySelect = Select[*tuple[Any, ...]]  # whatever its columns are

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


def part(_model: type[Model], row: Row[Any]) -> Model:
    """The columns of a model in a row that has others too: it is the same row."""
    return cast(Model, row)


def select_as(_model: type[Model], statement: AnySelect) -> Select[Model]:
    """The statement, whose rows are described by a model: one of ours, or what a joined row is described by."""
    return cast("Select[Model]", statement)
