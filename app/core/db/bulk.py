"""Many rows in one statement: they travel as one JSON text, which the database reads as rows of the table."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec

from sqlalchemy import text

from app.core import db

Columns = ParamSpec("Columns")


def row(model: Callable[Columns, db.Base], *_: Columns.args, **values: Columns.kwargs) -> dict[str, Any]:
    """A new row for `insert`, with its columns by name as `db.add` takes them; each has its type."""
    del model
    return values


def changed(model: type[db.Base], row_id: uuid.UUID, **values: Any) -> dict[str, Any]:
    """A change for `update`, with its columns by name as `db.change` takes them; each has its type."""
    del model
    return {"id": row_id, **values}


def insert(model: type[db.Base], rows: Sequence[dict[str, Any]]) -> int:
    """Write new rows of the open phase at once; all name the same columns, others get their defaults. How many."""
    if not rows:
        return 0
    table = model.__table__
    full = [db.with_defaults(table, row) for row in rows]
    columns = ", ".join(full[0])
    made = f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {_given(table.name)} RETURNING 1"
    return _count(made, full)


def insert_text(table: str, rows: Sequence[str]) -> int:
    """Write rows of the open phase that are JSON objects already, each with every column of the table; how many."""
    if not rows:
        return 0
    made = f"INSERT INTO {table} SELECT * FROM {_given(table)} RETURNING 1"
    counted = text(f"WITH done AS ({made}) SELECT count(*) AS touched FROM done")
    return int(db.rows(counted, rows=f"[{','.join(rows)}]")[0].touched)


def update(model: type[db.Base], rows: Sequence[dict[str, Any]]) -> int:
    """Change rows of the open phase's business at once, by `id`; all set the same columns. How many there were."""
    if not rows:
        return 0
    name = model.__table__.name
    columns = ", ".join(f"{column} = given.{column}" for column in rows[0] if column != "id")
    mine = f"{name}.business_id = CAST(:here AS uuid) AND {name}.id = given.id"
    made = f"UPDATE {name} SET {columns} FROM {_given(name)} AS given WHERE {mine} RETURNING 1"
    return _count(made, rows, here=db.here())


def _given(table: str) -> str:
    return f"json_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS json))"


def _count(made: str, rows: Sequence[dict[str, Any]], here: uuid.UUID | None = None) -> int:
    values = {"rows": json.dumps(rows, default=_plain), **({"here": here} if here else {})}
    return int(db.rows(text(f"WITH done AS ({made}) SELECT count(*) AS touched FROM done"), **values)[0].touched)


def _plain(value: object) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
