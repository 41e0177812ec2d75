"""What the ledger of a database comes to: kept with a backup, and asked again when it was restored."""

from __future__ import annotations

from typing import LiteralString

# Numeric sums come as text, so that a currency's sum is never rounded.
QUESTIONS: dict[str, LiteralString] = {
    "ledger": (
        "SELECT currency, layer, count(*), sum(amount_minor)::text, sum(abs(amount_minor))::text FROM ledger_entries"
        " GROUP BY currency, layer ORDER BY currency, layer"
    ),
    "orders": "SELECT status, currency, count(*) FROM orders GROUP BY status, currency ORDER BY status, currency",
    "seals": (
        "SELECT DISTINCT ON (business_id) business_id::text, number, through_id::text, entries, signature"
        " FROM audit_seals ORDER BY business_id, number DESC"
    ),
}
