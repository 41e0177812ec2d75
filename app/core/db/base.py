"""The base of every table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, dataclass_transform

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.core.db.guards import Guard


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(mapped_column,))
class Columns:
    """What has columns. For type checkers a model's constructor takes them by their names, and needs those that have no
    `default`; `db.add` and its kin have their arguments from it. Nobody calls it."""


class Base(Columns, DeclarativeBase):
    """Every table of the project."""

    # Who may do what with the table's rows, and what the audit log notes (see guards).
    guard: ClassVar[Guard]
    # What messages call a row of it.
    noun: ClassVar[str] = "object"

    if TYPE_CHECKING:
        __table__: ClassVar[Table]


Base.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
db = SQLAlchemy(model_class=Base, disable_autonaming=True)
