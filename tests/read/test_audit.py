"""The audit finds what is wrong: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core import db
from app.core.ids import new_id
from app.read import audit
from tests.factories.shop import Shop
from tests.read.conftest import Undone

# What is broken (its table, and how) → exactly the laws that must be reported.
DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "an entry on one side only": (
        "ledger_entries",
        "INSERT INTO ledger_entries"
        " (business_id, id, created_at, journal_id, account_id, layer, amount_minor, currency)"
        " SELECT business_id, gen_random_uuid(), created_at, journal_id, account_id, layer, 7, currency"
        " FROM ledger_entries WHERE business_id = :business AND layer = 'posted' AND amount_minor < 0 LIMIT 1",
        {"I1", "I2", "I10c"},
    ),
    "money that moved between journals": (
        "ledger_entries",
        "UPDATE ledger_entries SET amount_minor = amount_minor + CASE WHEN journal_id = (SELECT min(journal_id::text)"
        "::uuid FROM ledger_entries WHERE business_id = :business AND layer = 'posted') THEN 1 ELSE -1 END"
        " WHERE business_id = :business AND layer = 'posted' AND amount_minor < 0",
        {"I2"},
    ),
    "money frozen by nobody": (
        "ledger_journals",
        "UPDATE ledger_journals SET pending_id = NULL"
        " WHERE business_id = :business AND id = (SELECT max(id::text)::uuid FROM ledger_journals"
        " WHERE business_id = :business AND state = 'posted' AND pending_id IS NOT NULL)",
        {"I3", "I7b"},
    ),
    "an order that says it was paid": (
        "orders",
        "UPDATE orders SET paid_minor = total_minor WHERE business_id = :business AND id = :open",
        {"I10"},
    ),
    "an order that says more went back": (
        "orders",
        "UPDATE orders SET refunded_minor = 1 WHERE business_id = :business AND id = :paid",
        {"I11b"},
    ),
    "a total that its lines do not make": (
        "sub_orders",
        "UPDATE sub_orders SET amount_minor = amount_minor + 1 WHERE business_id = :business AND order_id = :open",
        {"I14"},
    ),
    "stock that nobody holds": (
        "skus",
        "UPDATE skus SET reserved = reserved + 1 WHERE business_id = :business",
        {"I16"},
    ),
    "a status that has no history": (
        "orders",
        "UPDATE orders SET status = 'completed' WHERE business_id = :business AND id = :paid",
        {"I20-ord"},
    ),
    "history with a step left out": (
        "state_changes",
        "DELETE FROM state_changes WHERE business_id = :business AND row_id = :paid AND to_state = 'fulfilling'",
        {"I20-ord"},
    ),
    "a step that was not told": (
        "outbox_events",
        "UPDATE outbox_events SET topic = 'order.nothing' WHERE business_id = :business AND aggregate_id = :paid"
        " AND topic = 'order.fulfilled'",
        {"I24"},
    ),
    "an event that nobody had": (
        "handled_events",
        "DELETE FROM handled_events WHERE business_id = :business",
        {"I25"},
    ),
    "a gap in the numbers": (
        "outbox_events",
        "UPDATE outbox_events SET sequence = sequence + 100"
        " WHERE business_id = :business AND topic = 'order.fulfilled'",
        {"I26"},
    ),
    "an event set aside": (
        "outbox_events",
        "UPDATE outbox_events SET status = 'dead' WHERE business_id = :business AND topic = 'order.fulfilled'",
        {"I26b"},
    ),
    "goods without time": (
        "entitlements",
        "DELETE FROM entitlements WHERE business_id = :business",
        {"I32b"},
    ),
}


@pytest.fixture
def traded(undone: Undone, new_shop: Callable[..., Shop]) -> dict[str, uuid.UUID]:
    """Ids of a business with stock, of an order of it that was paid and delivered, and of one that is open."""
    shop = new_shop(stock=9)
    ids = {"business": shop.business_id, "paid": shop.paid_order(), "open": shop.place()}
    shop.paid_order(buyer="another")
    assert undone.connection.in_transaction()
    return ids


def test_each_broken_law_is_reported_and_no_other(undone: Undone, traded: dict[str, uuid.UUID]) -> None:
    assert _reported(traded["business"]) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            _as_owner(connection, table, statement, traded)
            found = _reported(traded["business"])
        if found != expected:
            wrong[name] = found

    assert wrong == {}
    assert _reported(traded["business"]) == set()


def test_walls_that_are_down_are_reported(undone: Undone) -> None:
    for statement, expected in {
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY": {"I33"},
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY": {"I33"},
        "ALTER TABLE ledger_entries DISABLE TRIGGER append_only": {"I6"},
        "GRANT DELETE ON state_changes TO bursar_app": {"I6"},
        "CREATE TABLE wages (business_id uuid, amount_minor double precision)": {"I17b", "I33"},
        "ALTER TABLE skus ADD CONSTRAINT later CHECK (price_minor < 0) NOT VALID": {"I4b"},
    }.items():
        with undone.trial() as connection:
            connection.exec_driver_sql(statement)

            assert _reported(new_id()) == expected, statement


def _as_owner(connection: Any, table: str, statement: str, ids: dict[str, uuid.UUID]) -> None:
    """Do what the database refuses to everybody: with the table's triggers off and its rows in sight."""
    for off in ("NO FORCE ROW LEVEL SECURITY", "DISABLE TRIGGER USER"):
        connection.exec_driver_sql(f"ALTER TABLE {table} {off}")
    done = connection.execute(db.text(statement), ids)
    assert done.rowcount > 0, statement
    for on in ("ENABLE TRIGGER USER", "FORCE ROW LEVEL SECURITY"):
        connection.exec_driver_sql(f"ALTER TABLE {table} {on}")


def _reported(business_id: uuid.UUID) -> set[str]:
    """The laws that are broken for this business, or for the database as a whole."""
    return {
        finding.id
        for finding in audit.run()
        for row in finding.rows
        if row.get("business_id", business_id) == business_id
    }
