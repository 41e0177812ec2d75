"""Which switches are on, for queries that read the business anyway: one of the business, or one of the installation.
A switch whose time is over is off, whether or not anybody has ended it."""

from __future__ import annotations

import uuid

from sqlalchemy import (
    ColumnElement,
    DateTime,
    SQLColumnExpression,
    Text,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from app.domain.accounts.business.models import Business
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.switch_models import InstallationSwitch


def is_on(kind: SwitchKind) -> ColumnElement[bool]:
    """Whether it is on for the business that the query reads: no statement, but a look at a column of the row, and at
    a table that is empty on a good day."""
    own = cast(Business.switches[str(kind)]["until"].astext, DateTime(timezone=True)) > func.now()
    return or_(func.coalesce(own, False), _is_on_everywhere(kind))


def _is_on_everywhere(kind: SwitchKind) -> ColumnElement[bool]:
    """Without a word of any business, so that the database looks once for all rows."""
    return exists(
        select(InstallationSwitch.id).where(
            InstallationSwitch.kind == literal_column(f"'{kind}'"),
            InstallationSwitch.ended_at.is_(None),
            InstallationSwitch.expires_at > func.now(),
        )
    )


def on_in(kind: SwitchKind, business_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """Whether it is on for the business of a row, in a query that does not read businesses."""
    return exists(select(Business.id).where(Business.id == business_id, is_on(kind)))


def kinds_on() -> ColumnElement[list[str]]:
    """The switches that are on for the business that the query reads, in the order of their kinds."""
    each: list[ColumnElement[str]] = [case((is_on(kind), literal(str(kind)))) for kind in SwitchKind]
    return func.array_remove(array(each), None, type_=ARRAY(Text))
