"""One row of the open transaction's business by its id, or the refusal that there is none."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, bindparam, select

from app.core.db import locked_rows
from app.core.db.base import Base
from app.core.db.prepared import Prepared, prepared
from app.core.db.reads import first
from app.core.db.transaction import HERE, current
from app.core.db.typed import table
from app.core.errors import NotFound

Known = TypeVar("Known", bound=Base)


def get(model: type[Known], row_id: uuid.UUID, *also: ColumnElement[bool]) -> Known:
    """The row, where it meets the conditions `also`. One that the open phase has locked is not read again, and comes
    with what is queued for it.

    Raises:
        NotFound: there is none; the message calls it by its model's `noun`.
    """
    if also:
        return _known(model, first(_where(model, row_id, also)))
    if (row := locked_rows.known(current(), model.__table__.name, row_id)) is not None:
        return cast(Known, row)
    by_id: Prepared[Known] = _by_id(model)
    return _known(model, first(by_id, id=row_id))


def lock(model: type[Known], row_id: uuid.UUID, *also: ColumnElement[bool]) -> Known:
    """The same, locked until the open phase ends."""
    if also:
        return _known(model, first(_where(model, row_id, also).with_for_update()))
    by_id: Prepared[Known] = _locked_by_id(model)
    return _known(model, first(by_id, id=row_id))


@lru_cache(maxsize=256)
def _by_id(model: type[Known]) -> Prepared[Known]:
    return prepared(_where(model, bindparam("id"), ()))


@lru_cache(maxsize=256)
def _locked_by_id(model: type[Known]) -> Prepared[Known]:
    return prepared(_where(model, bindparam("id"), ()).with_for_update())


def _where(model: type[Known], row_id: Any, also: tuple[ColumnElement[bool], ...]) -> Select[Known]:
    columns = model.__table__.c
    return select(table(model)).where(columns.business_id == HERE, columns.id == row_id, *also)


def _known(model: type[Known], row: Known | None) -> Known:
    if row is None:
        raise NotFound("not_found", f"There is no such {model.noun}.")
    return row
