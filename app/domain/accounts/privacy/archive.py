"""What the archive of a business has: every table with rows of its own but these, without these columns. Encrypted
texts within a column are left out wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.db import Base

LISTING, FORMAT = "business", "zip"
"""What an export of all tables is called where others name their list, and its format."""

LEFT_OUT: Mapping[str, str] = {
    "event_listeners": "The same as the topics of webhook_endpoints.",
    "export_parts": "Files on their way.",
    "exports": "Files on their way.",
    "handled_events": "How far Bursar has worked through outbox_events.",
    "idempotency_keys": "Answers kept for two days for requests that are repeated.",
    "ledger_snapshots": "Sums of ledger_entries.",
    "list_columns": "How one person likes a list.",
    "metric_progress": "How far metrics were counted.",
    "buyer_progress": "How far buyers were made of payments.",
    "metrics_by_day": "Counts of the other tables.",
    "metrics_by_hour": "Counts of the other tables.",
    "posting_progress": "How far metrics were counted.",
    "postings_by_hour": "Sums of ledger_entries.",
    "order_counters": "The highest number of orders that are numbered in sequence.",
    "credit_note_counters": "The highest number of credit notes.",
    "receipt_counters": "The highest number of receipts.",
    "retention_progress": "How far personal data was removed.",
}
SECRET: Mapping[str, tuple[str, ...]] = {
    "alert_chats": ("secrets",),
    "api_keys": ("secret_hash", "public_text"),
    "approvals": ("secrets",),
    "bank_accounts": ("number",),
    "campaign_entries": ("email_key",),
    "checkout_sessions": ("secret_hash",),
    "coupon_uses": ("device_key", "email_key"),
    "coupons": ("device_key", "email_key"),
    "erasures": ("ciphertext",),
    "licence_keys": ("ciphertext", "fingerprint"),
    "mailbox_codes": ("ciphertext",),
    "partners": ("payee_account",),
    "payment_attempts": ("address_hash", "means_hash"),
    "risk_decisions": ("address_hash", "device_key", "email_key"),
    "risk_entries": ("key",),
    "webhook_endpoints": ("secrets",),
}
OWN = ("business", "users")
"""Files of what is no table of a business: its own row, and the people who have, or had, a seat there."""


def tables() -> tuple[str, ...]:
    """The tables that an archive goes through, by name."""
    known = Base.metadata.tables
    return tuple(name for name in sorted(known) if "business_id" in known[name].columns and name not in LEFT_OUT)
