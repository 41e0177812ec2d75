"""Where a list goes on: the moment and the id of the last row seen."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, literal, tuple_

After = tuple[datetime, uuid.UUID] | None


def newest_first(statement: Select[Any], table: Table, after: After, limit: int) -> Select[Any]:
    """The statement, ordered from new to old, from behind `after`, with one row more than `limit`."""
    if after is not None:
        beyond: ColumnElement[bool] = tuple_(table.c.created_at, table.c.id) < tuple_(
            literal(after[0]), literal(after[1])
        )
        statement = statement.where(beyond)
    return statement.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit + 1)
