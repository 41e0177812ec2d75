"""How the statements on an order's way are planned: by keys, whatever the database knows of its tables.

An order goes its whole way while everything that is sent is noted. Then its rows are copied until there are thousands,
and each statement is planned as for a connection that keeps one plan for all values: before there are statistics, and
after.
"""

from __future__ import annotations

from typing import Any

import psycopg

from app.core.ids import parse
from tests import plans

# They grow with every order.
GROWING = {
    "channel_exchanges", "channel_notices", "deliveries", "handled_events", "idempotency_keys", "ledger_entries",
    "ledger_journals", "order_lines", "orders", "outbox_events", "payment_attempts", "payment_transactions",
    "routing_decisions", "state_changes", "stock_reservations", "sub_orders", "transaction_details",
}  # fmt: skip


def test_no_statement_on_an_orders_way_reads_more_than_its_own_rows(merchant: Any, owner_url: str) -> None:
    shop = merchant.shop
    with plans.noting() as noted:
        _order(merchant)

    with psycopg.connect(owner_url) as connection:
        plans.copy(connection, shop.business_id, GROWING)
        unplanned = plans.reading_all(connection, noted, shop.business_id, GROWING)
        plans.as_owner(connection).execute("ANALYZE")
        analysed = plans.reading_all(connection, noted, shop.business_id, GROWING)
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
