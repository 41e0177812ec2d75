"""A quarter of a shop's sales as rows: a few real orders are lived through by the application, and every row that they
left is written again for each order of the quarter, with ids, moments and buyers of its own."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from app.core import clock, outbox
from app.core.ids import parse
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS
from app.workflow.orders.close_orders import close_order
from app.workflow.payments.refund_order import refund_order
from bench import rows as tables_of
from bench.load import Client
from bench.place import HOST, Place
from bench.rows import Table, TableSnapshot
from bench.shops import BenchShop

SPAN = timedelta(days=90)
BUYERS = 50_000
MANY = 100_000
# What no page of the portal looks through by the million, or what is forgotten after two days anyway.
LEFT_OUT = {"idempotency_keys", "outbox_events", "handled_events", "audit_entries", "channel_exchanges"}
LEFT_OUT |= {"channel_notices", "routing_decisions", "event_listeners", "breaker_changes", "mails", "request_logs"}


@dataclass(frozen=True)
class Life:
    """What one order left, and which numbers of a thousand live like it."""

    rows: dict[str, list[dict[str, Any]]]
    first: int
    last: int


class Quarter:
    """Fills one business with sales, as many as are asked for; `only` some tables, when they are all that is read."""

    def __init__(
        self, place: Place, shop: BenchShop, connection: psycopg.Connection[Any], *, only: Collection[str] = ()
    ) -> None:
        self.connection, self.business_id = connection, uuid.UUID(shop.business_id)
        known = (table for table in tables_of.tables(connection) if table.name not in LEFT_OUT)
        self.known = [table for table in known if not only or table.name in only]
        self.client = Client({"shops": [shop.as_json()], "host": HOST, "port": place.web_port}, 0)
        for live in (self._paid, self._refunded, self._closed):
            live()  # the first of its kind also makes the books' accounts
        self.lives = [
            self._lived(self._paid, 0, 719),
            self._lived(self._refunded, 720, 769),
            self._lived(self._closed, 770, 999),
        ]

    def fill(self, first: int, last: int) -> None:
        """Orders number `first` to `last`; the higher the number, the longer ago."""
        now, gap = clock.now(), SPAN / 1_000_000
        # Nothing is checked row by row that the application checked when it lived through the first of them.
        self.connection.execute("SET session_replication_role = replica")
        self.connection.execute("SET synchronous_commit = off")
        self.connection.execute("SET maintenance_work_mem = '512MB'")
        touched = sorted({name for life in self.lives for name in life.rows})
        indexes = self.connection.execute(_SECONDARY, [touched]).fetchall() if last - first >= MANY else []
        for name, _ in indexes:
            self.connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        for life in self.lives:
            for table in self.known:
                for row in life.rows.get(table.name, ()):
                    statement, values = _copied(table, row, life, now)
                    self.connection.execute(statement, {**values, "from": first, "to": last, "gap": gap})
        for _, definition in indexes:  # made at once, they cost half of what row by row does
            self.connection.execute(definition)
        self.connection.commit()
        self.connection.autocommit = True
        for name in touched:
            self.connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(name)))
        self.connection.autocommit = False

    def _paid(self) -> None:
        order = self.client.create()
        self.client.notify(order)
        outbox.drain(self.business_id, SUBSCRIBERS, BATCHES)

    def _refunded(self) -> None:
        order = self.client.create()
        self.client.notify(order)
        outbox.drain(self.business_id, SUBSCRIBERS, BATCHES)
        order_id = parse("ord", order["id"])
        refund_order(self.business_id, order_id, amount_minor=400, reason="requested_by_buyer", actor="bench")
        outbox.drain(self.business_id, SUBSCRIBERS, BATCHES)

    def _closed(self) -> None:
        order = self.client.create()
        self.client.notify(order, status="failed")
        close_order(self.business_id, parse("ord", order["id"]), reason="expired", actor="system")
        outbox.drain(self.business_id, SUBSCRIBERS, BATCHES)

    def _lived(self, live: Any, first: int, last: int) -> Life:
        before = self._look()
        live()
        after = self._look()
        rows = {table.name: tables_of.added(before, after, table.name) for table in self.known}
        return Life({name: found for name, found in rows.items() if found}, first, last)

    def _look(self) -> TableSnapshot:
        return tables_of.snapshot(self.connection, self.known, self.business_id)


def _copied(table: Table, row: dict[str, Any], life: Life, now: datetime) -> tuple[sql.Composed, dict[str, Any]]:
    """The statement that writes one row again for every order that lives like this one."""
    lived = [each["id"] for rows in life.rows.values() for each in rows if "id" in each]
    own = {key: number for number, key in enumerate(lived)}
    values: dict[str, Any] = {"now": now, "first": life.first, "last": life.last}
    written = []
    for number, (name, value) in enumerate(row.items()):
        fields = f"v{number}"
        if isinstance(value, uuid.UUID) and value in own:
            mark = f"7{own[value]:03x}8"
            written.append(sql.SQL("(s.head || {} || s.tail)::uuid").format(sql.Literal(mark)))
            continue
        if isinstance(value, datetime):
            values[fields] = value - now
            written.append(sql.SQL("s.at + {}").format(sql.Placeholder(fields)))
            continue
        if name == "buyer_reference" and value is not None:
            written.append(sql.SQL("'b' || s.n %% {}").format(sql.Literal(BUYERS)))
            continue
        if name == "buyer_email":
            written.append(sql.SQL("'b' || s.n %% {} || '@example.com'").format(sql.Literal(BUYERS)))
            continue
        if name == "channel_ref" and value is not None:
            written.append(sql.SQL("'T' || s.n || {}").format(sql.Literal(f"x{own[row['id']]}")))
            continue
        values[fields] = Jsonb(value) if isinstance(value, dict | list) else value
        kind = sql.SQL("(NULL::{}).{}").format(sql.Identifier(table.name), sql.Identifier(name))
        written.append(sql.SQL("coalesce({}, {})").format(sql.Placeholder(fields), kind))
    statement = sql.SQL(_COPY).format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(written)
    )
    return statement, values


_SECONDARY = """
    SELECT c.relname::text, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid::regclass::text = ANY (%s) AND NOT i.indisprimary
"""
_COPY = """
    INSERT INTO {} ({})
    SELECT {} FROM (
        SELECT n, %(now)s - n * %(gap)s AS at, lpad(to_hex(n), 15, '0') AS tail,
               lpad(to_hex((extract(epoch FROM %(now)s - n * %(gap)s) * 1000)::bigint), 12, '0') AS head
        FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n WHERE n %% 1000 BETWEEN %(first)s AND %(last)s
    ) AS s
"""
