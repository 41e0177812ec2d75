"""How the statements on an order's way are planned: by keys, whatever the database knows of its tables.

An order goes its whole way while everything that is sent is noted. Then its rows are copied until there are thousands,
and each statement is planned as for a connection that keeps one plan for all values: before there are statistics, and
after.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from psycopg._queries import PostgresQuery, PostgresRawQuery
from psycopg.adapt import Transformer
from sqlalchemy import event

from app.core import db
from app.core.db import driver, phases, transaction
from app.core.ids import parse

COPIES, BUSINESSES = 4000, 20
# They grow with every order.
GROWING = {
    "channel_exchanges", "channel_notices", "deliveries", "handled_events", "idempotency_keys", "ledger_entries",
    "ledger_journals", "order_lines", "orders", "outbox_events", "payment_attempts", "payment_transactions",
    "routing_decisions", "state_changes", "stock_reservations", "sub_orders", "transaction_details",
}  # fmt: skip
# What copies share with the order that they were made from, and texts in which they differ.
SHARED = {"product_id", "sku_id", "channel_account_id", "account_id"}
UNIQUE = {"key", "channel_ref", "external_id", "buyer_reference", "number"}

Sent = dict[tuple[str, str], Any]


@pytest.fixture
def sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """The statements that were sent, by role and text, with the values of one time."""
    noted: Sent = {}
    assert app
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

    monkeypatch.setattr(driver, "send", send)
    yield noted
    for engine, note in listeners:
        event.remove(engine, "before_cursor_execute", note)


def test_no_statement_on_an_orders_way_reads_more_than_its_own_rows(merchant: Any, sent: Sent, owner_url: str) -> None:
    shop = merchant.shop
    _order(merchant)
    noted = dict(sent)

    with psycopg.connect(owner_url) as connection:
        _copy(connection, shop.business_id)
        unplanned = _reading_all(connection, noted, shop.business_id)
        _as_owner(connection).execute("ANALYZE")
        analysed = _reading_all(connection, noted, shop.business_id)
        connection.rollback()

    assert len(noted) > 25
    assert not unplanned + analysed, "\n".join(["without statistics:", *unplanned, "with them:", *analysed])


def _order(merchant: Any) -> None:
    """One order, from the merchant's server that places it to the one that completes it."""
    placed = merchant.post("/v1/orders", {**merchant.session_body(), "channel": "simulator"})
    assert placed.status_code == 201, placed.text
    attempt_id = parse("att", placed.json["payment"]["attempt_id"])
    merchant.shop.approve(attempt_id)
    merchant.shop.notice(attempt_id)
    merchant.shop.work_off()
    assert merchant.post(f"/v1/orders/{placed.json['id']}/complete", once=None).status_code == 200


def _copy(connection: psycopg.Connection[Any], business_id: uuid.UUID) -> None:
    """Some thousand orders like the one there is, with all that hangs on it. All of it is rolled back."""
    for name in sorted(GROWING):
        table = sql.Identifier(name)
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(table))
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
    for table, key in connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
        " AND conrelid::regclass::text = ANY (%s)",
        (sorted(GROWING),),
    ).fetchall():
        drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        connection.execute(drop.format(sql.Identifier(table), sql.Identifier(key)))
    for name in sorted(GROWING):
        columns = connection.execute(
            "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            (name,),
        ).fetchall()
        copied = sql.SQL("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, generate_series(1, {n}) n"
                         " WHERE t.business_id = {here}").format(
            table=sql.Identifier(name),
            columns=sql.SQL(", ").join(sql.Identifier(column) for column, _ in columns),
            values=sql.SQL(", ").join(_copied(column, kind) for column, kind in columns),
            n=COPIES, here=business_id,
        )  # fmt: skip
        connection.execute(copied)


def _copied(column: str, kind: str) -> sql.Composable:
    name = sql.Identifier(column)
    if column == "business_id":
        other = sql.SQL("md5(t.business_id::text || n % {})::uuid").format(BUSINESSES)
        return sql.SQL("CASE WHEN n % {} = 0 THEN t.business_id ELSE {} END").format(BUSINESSES, other)
    if kind == "uuid" and column not in SHARED:
        return sql.SQL("md5(t.{} || ' ' || n)::uuid").format(name)
    if column in UNIQUE:
        return sql.SQL("t.{} || ' ' || n").format(name)
    if column in ("created_at", "decided_at"):
        return sql.SQL("t.{} - n * interval '1 hour'").format(name)
    return sql.SQL("t.{}").format(name)


def _as_owner(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    connection.execute("RESET ROLE")
    return connection


def _reading_all(connection: psycopg.Connection[Any], noted: Sent, business_id: uuid.UUID) -> list[str]:
    """Statements whose plan reads a growing table without a key of it, each with the table."""
    connection.execute("SELECT set_config('bursar.business_id', %s, true)", (str(business_id),))
    connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    found = []
    for (role, statement), values in noted.items():
        if not re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)", statement):
            continue
        _as_owner(connection).execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        for node in _nodes(_plan(connection, statement, values)):
            table = node.get("Relation Name")
            if table in GROWING and not _is_by_key(node):
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
