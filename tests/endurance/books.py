"""Our books and the company's, payment by payment."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from app.core.ids import show

_ATTEMPTS = """
    SELECT a.id, a.status, a.applied, a.amount_minor, a.currency, t.kind, t.order_id, o.status AS order_status,
           o.paid_minor, o.refunded_minor,
           EXISTS (SELECT 1 FROM cases c WHERE c.business_id = a.business_id AND c.order_id = t.order_id
                   AND c.status = 'open') AS people_know
    FROM payment_attempts a JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id
    LEFT JOIN orders o ON o.business_id = t.business_id AND o.id = t.order_id
    JOIN channel_accounts c ON c.business_id = a.business_id AND c.id = a.channel_account_id
    WHERE c.channel = 'simulator' AND c.settings ->> 'merchant_id' = %s
"""


@dataclass(frozen=True)
class Books:
    """Both sides of one merchant: ours by reference, theirs by the same."""

    ours: dict[str, Any]
    payments: dict[str, sqlite3.Row]
    refunds: dict[str, sqlite3.Row]

    def undecided(self) -> list[str]:
        """References that nobody knows the end of."""
        return [ref for ref, row in self.ours.items() if row.status in ("ready", "pending", "unknown")]

    def differences(self) -> list[str]:
        """Where the two sides do not say the same, in words."""
        found = [f"they have {ref}, we do not" for ref in (*self.payments, *self.refunds) if ref not in self.ours]
        for ref, row in self.ours.items():
            theirs = (self.refunds if row.kind == "refund" else self.payments).get(ref)
            answer = theirs["status"] if theirs else "absent"
            if (row.status == "succeeded") != (answer == "succeeded"):
                found.append(f"{row.kind} {ref}: {row.status} here, {answer} there")
            if theirs and (theirs["amount"], theirs["currency"]) != (row.amount_minor, row.currency):
                found.append(f"{row.kind} {ref}: {row.amount_minor} here, {theirs['amount']} there")
        return found + self._charged_twice()

    def _charged_twice(self) -> list[str]:
        """What the company has taken for an order less what it gave back is what the order says, unless money that
        came twice could not be sent back and is before people."""
        stored: Counter[Any] = Counter()
        for ref, row in self.ours.items():
            theirs = (self.refunds if row.kind == "refund" else self.payments).get(ref)
            if theirs and theirs["status"] == "succeeded":
                stored[row.order_id] += -theirs["amount"] if row.kind == "refund" else theirs["amount"]
        orders = {row.order_id: row for row in self.ours.values()}
        return [
            f"order {order_id}: {row.paid_minor} - {row.refunded_minor} here, {stored[order_id]} there"
            for order_id, row in orders.items()
            if stored[order_id] != row.paid_minor - row.refunded_minor and not row.people_know
        ]


def read(database_url: str, simulator_data: Path, merchant_id: str) -> Books:
    """Both books as they are now."""
    address = database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address) as connection, connection.cursor(row_factory=namedtuple_row) as cursor:
        cursor.execute("SET ROLE bursar_system")
        rows = cursor.execute(_ATTEMPTS, [merchant_id]).fetchall()
    theirs = sqlite3.connect(f"file:{simulator_data}?mode=ro", uri=True)
    theirs.row_factory = sqlite3.Row
    try:
        payments = theirs.execute("SELECT * FROM payments WHERE merchant_id = ?", [merchant_id]).fetchall()
        refunds = theirs.execute("SELECT * FROM refunds WHERE merchant_id = ?", [merchant_id]).fetchall()
    finally:
        theirs.close()
    return Books(
        ours={show("att", row.id): row for row in rows},
        payments={row["out_trade_no"]: row for row in payments},
        refunds={row["out_refund_no"]: row for row in refunds},
    )
