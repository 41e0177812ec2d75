"""What rows an order consists of: two looks at the tables, and what came between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

RowKey = tuple[Any, ...]
TableSnapshot = dict[str, dict[RowKey, dict[str, Any]]]


@dataclass(frozen=True)
class Table:
    """One table of tenants' rows."""

    name: str
    key: tuple[str, ...]
    unique: tuple[frozenset[str], ...]


def tables(connection: psycopg.Connection[Any]) -> list[Table]:
    """Every table with a business_id, parents before children."""
    names = [row[0] for row in connection.execute(_TABLES)]
    ordered = _parents_first(names, connection.execute(_REFERENCES).fetchall())
    indexes: dict[str, list[tuple[bool, list[str]]]] = {name: [] for name in names}
    for table, primary, columns in connection.execute(_INDEXES):
        if table in indexes:
            indexes[table].append((primary, columns))
    return [
        Table(
            name,
            next(tuple(columns) for primary, columns in indexes[name] if primary),
            tuple(frozenset(columns) for _, columns in indexes[name]),
        )
        for name in ordered
    ]


def snapshot(connection: psycopg.Connection[Any], known: list[Table], business_id: UUID) -> TableSnapshot:
    """Every row of the business, by table and key."""
    seen: TableSnapshot = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for table in known:
            query = sql.SQL("SELECT * FROM {} WHERE business_id = %s").format(sql.Identifier(table.name))
            found = cursor.execute(query, [business_id]).fetchall()
            seen[table.name] = {tuple(row[name] for name in table.key): row for row in found}
    connection.rollback()
    return seen


def counts(connection: psycopg.Connection[Any], known: list[Table]) -> dict[str, int]:
    """How many rows each table has."""
    counted = {}
    for table in known:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
        row = connection.execute(query).fetchone()
        counted[table.name] = int(row[0]) if row else 0
    connection.rollback()
    return counted


def added(before: TableSnapshot, after: TableSnapshot, table: str) -> list[dict[str, Any]]:
    """Rows that came."""
    return [row for key, row in after[table].items() if key not in before[table]]


def changed(before: TableSnapshot, after: TableSnapshot, table: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows that changed: as they were, and the columns that are different now."""
    found = []
    for key, row in after[table].items():
        was = before[table].get(key)
        if was is not None and was != row:
            found.append((was, {name: value for name, value in row.items() if value != was[name]}))
    return found


def _parents_first(names: list[str], references: list[tuple[str, str]]) -> list[str]:
    ordered: list[str] = []
    rest = list(names)
    while rest:
        ready = [
            name
            for name in rest
            if not any(child == name and parent != name and parent in rest for child, parent in references)
        ]
        ordered += ready or rest
        rest = [name for name in rest if name not in ordered]
    return ordered


_TABLES = """
    SELECT c.table_name::text FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = 'public' AND c.column_name = 'business_id' AND t.table_type = 'BASE TABLE' ORDER BY 1
"""
_REFERENCES = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
_INDEXES = """
    SELECT i.indrelid::regclass::text, i.indisprimary, array_agg(a.attname::text)
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indisunique GROUP BY 1, 2, i.indexrelid
"""
