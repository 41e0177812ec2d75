"""Writes a pgbench script that makes the same rows as one order made through the application: three transactions,
one INSERT per table, under the same role and the same row-level security."""

# ruff: noqa: S608  every name comes from the catalogue of our own database

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bench.rows import Table, TableSnapshot, added, changed

STEPS = ("create", "pay", "finish")
_DUE = ("due_at", "next_poll_at")


class Script:
    """Ids of the sampled order become variables; everything else stays as it was."""

    def __init__(
        self, tables: Sequence[Table], looks: Sequence[TableSnapshot], business_id: UUID, *, began: datetime
    ) -> None:
        self.tables = tables
        self.looks = looks
        self.business_id = business_id
        self.began = began
        self.old = {value for rows in looks[0].values() for row in rows.values() for value in row.values()
                    if isinstance(value, UUID)}  # fmt: skip
        self.names: dict[UUID, str] = {}
        for row in (row for table in tables for row in added(looks[0], looks[-1], table.name)):
            for value in row.values():
                if isinstance(value, UUID) and value not in self.old and value not in self.names:
                    self.names[value] = f"u{len(self.names)}"

    def text(self) -> str:
        """The whole script."""
        ids = ", ".join(f"uuidv7() AS {name}" for name in self.names.values())
        parts = [f"SELECT {ids} \\gset"]
        for before, after in zip(self.looks, self.looks[1:], strict=False):
            parts += ["BEGIN;", self._enter(), *self._lock(before), *self._step(before, after), "COMMIT;"]
        return "\n".join(parts) + "\n"

    def _enter(self) -> str:
        whose = f"set_config('bursar.business_id', '{self.business_id}', true)"
        return f"SELECT set_config('role', 'bursar_app', true), {whose};"

    def _lock(self, before: TableSnapshot) -> list[str]:
        """Whoever changes an order holds its lock."""
        ours = [key for key, row in before["orders"].items() if row["id"] in self.names]
        return [
            f"SELECT id, status FROM orders WHERE business_id = '{business}' AND id = {self._value(order)} FOR UPDATE;"
            for business, order in ours
        ]

    def _step(self, before: TableSnapshot, after: TableSnapshot) -> list[str]:
        statements = []
        for table in self.tables:
            rows = added(before, after, table.name)
            if rows:
                columns = list(rows[0])
                values = ", ".join(
                    "(" + ", ".join(self._value(row[name], table, name) for name in columns) + ")" for row in rows
                )
                statements.append(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {values};")
            statements += [self._update(table, was, now) for was, now in changed(before, after, table.name)]
        return statements

    def _update(self, table: Table, was: dict[str, Any], now: Mapping[str, Any]) -> str:
        is_ours = any(was[name] in self.names for name in table.key)
        changes = []
        for name, value in now.items():
            if not is_ours and isinstance(value, int) and not isinstance(value, bool):
                changes.append(f"{name} = {name} + ({value - was[name]})")
            else:
                changes.append(f"{name} = {self._value(value, table, name)}")
        where = " AND ".join(f"{name} = {self._value(was[name])}" for name in table.key)
        return f"UPDATE {table.name} SET {', '.join(changes)} WHERE {where};"

    def _value(self, value: Any, table: Table | None = None, column: str = "") -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, UUID):
            return f"CAST(:{self.names[value]} AS uuid)" if value in self.names else f"'{value}'"
        if column in _DUE:
            # Workers run beside: what is due between two of our transactions would be handled by them.
            return "now() + interval '1 hour'"
        if isinstance(value, datetime):
            ahead_s = round((value - self.began).total_seconds())
            return "now()" if abs(ahead_s) < 60 else f"now() + interval '{ahead_s} seconds'"
        if isinstance(value, bytes | memoryview):
            return f"decode('{bytes(value).hex()}', 'hex')"
        if isinstance(value, dict | list):
            return f"CAST({self._text(json.dumps(value))} AS jsonb)"
        if table is not None and self._is_alone_unique(table, column):
            return f"CAST(:{next(iter(self.names.values()))} AS text) || {self._text(str(value)[36:])}"
        return self._text(str(value))

    def _is_alone_unique(self, table: Table, column: str) -> bool:
        """Whether a text has to be different for every order: in a unique index without any id of the order."""
        rows = self.looks[-1][table.name].values()
        ids = {name for row in rows for name, value in row.items() if isinstance(value, UUID) and value in self.names}
        return any(column in columns and not (columns & ids) for columns in table.unique)

    def _text(self, text: str) -> str:
        """A literal with the order's ids put in; a colon would be taken for the start of a variable's name."""
        for number, (value, name) in enumerate(self.names.items()):
            text = text.replace(str(value), f"\x01{number}\x02{name}\x01")
        pieces = []
        for number, piece in enumerate(text.split("\x01")):
            if number % 2:
                pieces.append(f"CAST(:{piece.partition(chr(2))[2]} AS text)")
            elif piece or number == 0:
                escaped = piece.replace("\\", "\\\\").replace("'", "''").replace(":", "\\003a").replace("\n", "\\000a")
                pieces.append(f"U&'{escaped}'")
        return "(" + " || ".join(pieces) + ")"
