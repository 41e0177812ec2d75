"""How statements are planned: what is sent is noted, rows are copied until there are thousands, and each statement is
planned as for a connection that keeps one plan for all values.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg import sql
from psycopg._queries import PostgresQuery, PostgresRawQuery
from psycopg.adapt import Transformer
from sqlalchemy import event

from app.core import db
from app.core.db import driver, phases, transaction

COPIES, BUSINESSES = 4000, 20
# What copies share with the order that they were made from, and texts in which they differ.
SHARED = {"product_id", "sku_id", "channel_account_id", "account_id"}
UNIQUE = {"key", "channel_ref", "external_id", "buyer_reference", "code", "reference", "email", "name", "number"}

Sent = dict[tuple[str, str], Any]


@contextmanager
def noting() -> Iterator[Sent]:
    """The statements that are sent meanwhile, by role and text, with the values of one time."""
    noted: Sent = {}
    listeners: list[tuple[Any, Any]] = []
    for role in (db.APP_ROLE, db.SYSTEM_ROLE):

        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any, role: str = role) -> None:
            noted.setdefault((role, statement), values)

        listeners.append((phases._engines[role], note))
        event.listen(phases._engines[role], "before_cursor_execute", note)
    straight = driver.send

    def send(opened: Any, statements: Sequence[tuple[str, Sequence[Any]]], **how: Any) -> Any:
        role = db.APP_ROLE if transaction.current().business_id is not None else db.SYSTEM_ROLE
        for statement, values in statements:
            noted.setdefault((role, statement), list(values))
        return straight(opened, statements, **how)

    with patch.object(driver, "send", send):
        yield noted
    for engine, note in listeners:
        event.remove(engine, "before_cursor_execute", note)


def copy(
    connection: psycopg.Connection[Any],
    business_id: uuid.UUID,
    tables: Collection[str],
    *,
    businesses: int = BUSINESSES,
    shared: Collection[str] = SHARED,
) -> None:
    """Some thousand rows like those there are of the business, in each table, spread over some
    businesses. To be rolled back."""
    for name in sorted(tables):
        table = sql.Identifier(name)
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(table))
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
    for table, key in connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('f', 'c') AND conparentid = 0"
        " AND conrelid::regclass::text = ANY (%s)",
        (sorted(tables),),
    ).fetchall():
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        connection.execute(drop.format(sql.Identifier(table), sql.Identifier(key)))
    for name in sorted(tables):
        columns = connection.execute(
            "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            (name,),
        ).fetchall()
        copied = sql.SQL("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, generate_series(1, {n}) n"
                         " WHERE t.business_id = {here} ON CONFLICT DO NOTHING").format(
            table=sql.Identifier(name),
            columns=sql.SQL(", ").join(sql.Identifier(column) for column, _ in columns),
            values=sql.SQL(", ").join(_copied(column, kind, businesses, shared) for column, kind in columns),
            n=COPIES, here=business_id,
        )  # fmt: skip
        connection.execute(copied)


def _copied(column: str, kind: str, businesses: int, shared: Collection[str]) -> sql.Composable:
    name = sql.Identifier(column)
    if column == "business_id":
        other = sql.SQL("md5(t.business_id::text || n % {})::uuid").format(businesses)
        return sql.SQL("CASE WHEN n % {} = 0 THEN t.business_id ELSE {} END").format(businesses, other)
    if kind == "uuid" and column not in shared:
        return sql.SQL("md5(t.{} || ' ' || n)::uuid").format(name)
    if column in UNIQUE:
        return sql.SQL("t.{} || ' ' || n").format(name)
    if column in ("created_at", "decided_at"):
        return sql.SQL("t.{} - n * interval '1 hour'").format(name)
    return sql.SQL("t.{}").format(name)


def as_owner(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """The connection, as the owner of the tables again."""
    connection.execute("RESET ROLE")
    return connection


def reading_all(
    connection: psycopg.Connection[Any], noted: Sent, business_id: uuid.UUID, tables: Collection[str]
) -> list[str]:
    """Statements whose plan reads one of the tables without a key of it, each with the table."""
    connection.execute("SELECT set_config('bursar.business_id', %s, true)", (str(business_id),))
    connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    found = []
    for (role, statement), values in noted.items():
        if not re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)", statement):
            continue
        as_owner(connection).execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        for node in _nodes(_plan(connection, statement, values)):
            table = node.get("Relation Name")
            if table in tables and not _is_by_key(node):
                index = node.get("Index Name", [below.get("Index Name") for below in node.get("Plans", ())])
                found.append(f"{node['Node Type']} of {table} by {index}, {_conditions(node)}: {statement[:200]}")

    return found


def _plan(connection: psycopg.Connection[Any], statement: str, values: Any) -> Mapping[str, Any]:
    # A list goes to $1, $2…
    query = (PostgresRawQuery if isinstance(values, list) else PostgresQuery)(Transformer(connection))
    query.convert(statement, values or None)
    types = [
        connection.execute("SELECT format_type(%s, NULL)", (oid,)).fetchone()[0] if oid else "unknown"
        for oid in query.types
    ]
    text = query.query.decode()
    named, given = ", ".join(types), ", ".join(["NULL"] * len(types))
    connection.execute(f"PREPARE planned {f'({named})' if types else ''} AS {text}")
    explain = f"EXPLAIN (FORMAT JSON) EXECUTE planned {f'({given})' if types else ''}"
    [[[plan]]] = connection.execute(explain).fetchall()
    connection.execute("DEALLOCATE planned")
    return dict(plan["Plan"])


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _is_by_key(node: Mapping[str, Any]) -> bool:
    """Whether a scan is by an index, and by more than the business; a bitmap's conditions are below it."""
    if node["Node Type"] == "Seq Scan":
        return False
    if node["Node Type"] == "Bitmap Heap Scan":
        return len(re.findall(r"\(\w+ (?:=|<|>|<=|>=) ", str(node.get("Recheck Cond")))) > 1
    if node["Node Type"] in ("Index Scan", "Index Only Scan"):
        return len(re.findall(r"\w+ (?:=|<|>|<=|>=) ", _conditions(node))) > 1
    return True


def _conditions(node: Mapping[str, Any]) -> str:
    return str(node.get("Index Cond") or node.get("Recheck Cond") or "nothing")


def rows_read(
    connection: psycopg.Connection[Any], noted: Sent, business_id: uuid.UUID
) -> list[tuple[str, dict[str, int]]]:
    """Each SELECT that was noted, and how many rows of which tables the database reads for it, functions included."""
    connection.execute("SELECT set_config('bursar.business_id', %s, true)", (str(business_id),))
    found = []
    for (role, statement), values in noted.items():
        if not re.match(r"\s*(SELECT|WITH)", statement):
            continue
        before = _counters(connection)
        as_owner(connection).execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        cursor = psycopg.RawCursor(connection) if isinstance(values, list) else connection.cursor()
        cursor.execute(statement, values or None)
        as_owner(connection)
        after = _counters(connection)
        found.append((statement, {name: after[name] - before.get(name, 0) for name in after}))
    return found


def _counters(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows that the open transaction has read so far, by table."""
    query = "SELECT relname::text, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
    return {str(name): int(read) for name, read in as_owner(connection).execute(query).fetchall()}
