"""The base of every table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase

from app.core.db.guards import Guard


class Base(DeclarativeBase):
    """Every table of the project."""

    # Who may do what with the table's rows, and what the audit log notes (see guards).
    guard: ClassVar[Guard]

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
