"""Free text in the portal, down to one letter, is found by indexes: what is read does not grow with the tables."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import psycopg
from flask import Flask

from app.core.lists import ListRequest
from app.read.catalog import stock
from app.read.fulfilment import points
from app.read.lists import EVERY
from app.read.risk import entries
from app.workflow.accounts.manage_keys import create_key
from app.workflow.fulfilment import change_points
from app.workflow.operations.log_requests import write_noted
from tests import plans
from tests.factories.shop import Shop
from tests.web.portal.test_access import _ids

TABLES = {
    "buyers", "cases", "clearing_entries", "coupon_templates", "coupons", "inbound_events", "memberships", "orders",
    "partners", "payment_attempts", "payment_transactions", "points_accounts", "products", "request_logs",
    "risk_entries", "sellers", "skus", "webhook_deliveries",
}  # fmt: skip
# Nothing has them: whoever looked at one row after the other would look at all. What many rows have is found soon.
LETTERS = ("\u2609", "~")
LIMIT = 51
GRAMS = ("ix_products_grams", "ix_skus_grams")
MOST = 400  # rows of one table: products looks at the newest 300 first

Search = Callable[[uuid.UUID, str], object]


def _searches() -> Iterator[tuple[str, Search]]:
    for listing in EVERY:
        for each in listing.filters:
            if each.kind == "search" or (each.kind == "text" and each.choices is None):
                for sees in (True, False):

                    def read(business_id: uuid.UUID, text: str, *, of=listing, key=each.key, sees=sees) -> object:  # type: ignore[no-untyped-def]
                        return of.read(ListRequest(business_id, {key: text}, sees_buyers=sees), None, LIMIT)

                    yield f"{listing.name} by {each.key}{'' if sees else ' (masked)'}", read
    yield "stock", lambda business_id, text: stock.list_stock(business_id, text=text)
    yield "points", lambda business_id, text: points.search(business_id, text=text)
    yield "risk lists", lambda business_id, text: entries.list_entries(business_id, value=text, after=None, limit=LIMIT)


def test_one_letter_reads_few_rows_of_many(app: Flask, shop: Shop, owner_url: str) -> None:
    assert app
    _ids(shop)
    change_points.change_points(shop.business_id, buyer="ada", change=5, reason="x", actor="test")
    key = create_key(shop.business_id, name="x", kind="secret").secret
    app.test_client().get("/v1/orders", headers={"Authorization": f"Bearer {key}"})
    write_noted()
    noted = {}
    for name, search in _searches():
        for letter in LETTERS:
            with plans.noting() as sent:
                search(shop.business_id, letter)
            noted[f"{name}: {letter}"] = sent

    wrong, few = [], []
    with psycopg.connect(owner_url) as connection:
        plans.copy(connection, shop.business_id, TABLES, businesses=1, shared=plans.SHARED - {"product_id"})
        connection.execute("ANALYZE")
        for index in GRAMS:
            connection.execute("SELECT gin_clean_pending_list(%s::regclass)", (index,))  # as autovacuum does
        few = [table for table in TABLES if _count(connection, table) < plans.COPIES]
        for name, sent in noted.items():
            for statement, read in plans.rows_read(connection, sent, shop.business_id):
                wrong += [
                    f"{name}: {rows} of {table}: {statement[:300]}" for table, rows in read.items() if rows > MOST
                ]
        connection.rollback()

    assert not few, "too few rows to tell"
    assert not wrong, "\n".join(wrong)
    assert len(noted) > 50


def _count(connection: psycopg.Connection[tuple[int]], table: str) -> int:
    [[rows]] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return rows
