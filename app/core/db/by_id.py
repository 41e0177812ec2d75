"""One row of the open transaction's business by its id, or the refusal that there is none."""

from __future__ import annotations

import uuid
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select

from app.core.db.base import Base
from app.core.db.reads import first
from app.core.db.transaction import here
from app.core.db.typed import table
from app.core.errors import NotFound

Known = TypeVar("Known", bound=Base)


def get(model: type[Known], row_id: uuid.UUID, *also: ColumnElement[bool]) -> Known:
    """The row, where it meets the conditions `also`.

    Raises:
        NotFound: there is none; the message calls it by its model's `noun`.
    """
    return _known(model, first(_by_id(model, row_id, also)))


def lock(model: type[Known], row_id: uuid.UUID, *also: ColumnElement[bool]) -> Known:
    """The same, locked until the open phase ends."""
    return _known(model, first(_by_id(model, row_id, also).with_for_update()))


def _by_id(model: type[Known], row_id: uuid.UUID, also: tuple[ColumnElement[bool], ...]) -> Select[Known]:
    columns = model.__table__.c
    return select(table(model)).where(columns.business_id == here(), columns.id == row_id, *also)


def _known(model: type[Known], row: Known | None) -> Known:
    if row is None:
        raise NotFound("not_found", f"There is no such {model.noun}.")
    return row
