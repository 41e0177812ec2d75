"""Everything that is kept of one buyer, for the buyer to have."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import text

from app.core import clock, db

MAX_COUNT = 10_000  # of each kind; more than one buyer has
_THEIRS = "(o.buyer_reference = ANY (:references) OR o.buyer_email = ANY (:emails) OR o.buyer_phone = ANY (:phones))"
_ORDERS = f"SELECT o.id FROM orders o WHERE o.business_id = :business AND {_THEIRS}"  # noqa: S608 (no word from outside)
# Title → table → which of its rows.
_BY_BUYER = "t.buyer_reference = ANY (:references)"
_BY_ORDER = f"t.order_id IN ({_ORDERS})"
_OF_BUYER = (
    "t.buyer_id IN (SELECT b.id FROM buyers b WHERE b.business_id = :business AND b.reference = ANY (:references))"
)
SECTIONS: Mapping[str, tuple[str, str]] = {
    "buyer_records": ("buyers", "t.reference = ANY (:references)"),
    "consents": ("buyer_consents", _OF_BUYER),
    "notes": ("buyer_notes", _OF_BUYER),
    "orders": ("orders", f"t.id IN ({_ORDERS})"),
    "order_lines": ("order_lines", _BY_ORDER),
    "checkout_sessions": ("checkout_sessions", _THEIRS.replace("o.", "t.")),
    "agreements": ("agreement_acceptances", _BY_ORDER),
    "payments": ("payment_transactions", f"({_BY_BUYER} OR {_BY_ORDER})"),
    "mails": ("mails", _BY_ORDER),
    "memberships": ("entitlements", _BY_BUYER),
    "credit": ("grants", _BY_BUYER),
    "points": ("points_accounts", _BY_BUYER),
    "downloads": ("download_rights", _BY_BUYER),
    "coupons": ("coupons", _BY_BUYER),
    "coupons_used": ("coupon_uses", _BY_BUYER),
    "holds": ("wallet_holds", _BY_BUYER),
    "wallets": ("ledger_accounts", "t.kind = 'wallet' AND t.owner = ANY (:references)"),
}
# What tells the buyer nothing, or is nobody's to have.
_INSIDE = ("business_id", "version", "secret_hash", "snapshot_hash", "text_hash", "email_key", "device_key", "channels")


class _Kept(db.JoinedRow):
    row: dict[str, Any]


def personal_data(
    business_id: uuid.UUID, *, references: Iterable[str], emails: Iterable[str], phones: Iterable[str]
) -> dict[str, Any]:
    """Rows by section, the oldest first, as JSON can hold them."""
    identifiers = {"references": list(references), "emails": list(emails), "phones": list(phones)}
    found: dict[str, Any] = {"made_at": clock.now().isoformat(), "buyer": dict(identifiers)}
    with db.reading(business_id):
        for title, (table, condition) in SECTIONS.items():
            query = text(
                f"SELECT to_jsonb(t) AS row FROM {table} t WHERE t.business_id = :business AND {condition}"  # noqa: S608
                f" ORDER BY t.id LIMIT {MAX_COUNT}"
            )
            rows = db.rows(db.select_as(_Kept, query), business=business_id, **_used(condition, identifiers))
            found[title] = [_shown(row.row) for row in rows]
    return found


def readable(found: Mapping[str, Any]) -> str:
    """The same as lines that people read."""
    buyer = "; ".join(", ".join(values) for values in found["buyer"].values() if values)
    lines = [f"Personal data of {buyer}", f"as of {found['made_at']}", ""]
    for title in SECTIONS:
        rows = found[title]
        lines += [f"{title.replace('_', ' ').capitalize()} ({len(rows)})"]
        for row in rows:
            facts = [
                f"{name.replace('_', ' ')}: {value}" for name, value in row.items() if value not in (None, "", [], {})
            ]
            lines += ["  - " + "; ".join(facts)]
        lines += [""]
    return "\n".join(lines)


def _used(condition: str, identifiers: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in identifiers.items() if f":{name}" in condition}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _INSIDE}
