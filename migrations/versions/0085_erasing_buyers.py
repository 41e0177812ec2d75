"""One buyer can be erased everywhere, by a function that may change nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import erasing, guards

revision = "0085"
down_revision = "0080"
branch_labels = None
depends_on = None

# As they stood when this was written: app/domain/accounts/privacy/types.py has them as they are now.
COLUMNS = {
    "orders": ("buyer_reference", "buyer_email", "buyer_phone", "details"),
    "order_notes": ("body",),
    "deliveries": ("error", "answer"),
    "cases": ("details",),
    "state_changes": ("reason", "actor"),
    "bulk_runs": ("note",),
    "bulk_rows": ("message",),
    "checkout_sessions": ("buyer_reference", "buyer_email", "buyer_phone", "details", "return_url"),
    "agreement_acceptances": ("buyer_ip",),
    "payment_transactions": ("buyer_reference", "counter_reference", "payee", "reason", "actor"),
    "payment_attempts": ("action",),
    "wallet_freezes": ("buyer_reference", "reason", "actor"),
    "freeze_releases": ("reason", "actor"),
    "ledger_accounts": ("owner",),
    "ledger_journals": ("memo",),
    "bank_transfers": ("counterparty",),
    "approvals": ("payload", "reason"),
    "reservations": ("error",),
    "channel_exchanges": ("url", "request", "response"),
    "channel_notices": ("raw",),
    "entitlements": ("buyer_reference",),
    "grants": ("buyer_reference",),
    "points_accounts": ("buyer_reference",),
    "points_entries": ("reason", "actor"),
    "download_rights": ("buyer_reference",),
    "coupons": ("buyer_reference", "email_key", "device_key"),
    "coupon_uses": ("buyer_reference", "email_key", "device_key"),
    "promotion_uses": ("buyer_reference",),
    "mails": ("recipient", "details", "error"),
    "outbox_events": ("payload", "error"),
    "webhook_deliveries": ("error",),
    "webhook_tries": ("url", "answer", "error"),
    "request_logs": ("path", "idempotency_key", "request_body", "response_body"),
    "idempotency_keys": ("key", "answer"),
    "saved_views": ("name", "given"),
    "exports": ("given",),
    "alerts": ("facts",),
    "audit_entries": ("before", "after"),
}


def upgrade() -> None:
    op.create_table(
        "erasures",
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("business_id", "id")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("pseudonym", "subject_hash", "reason", "asked_by")),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_erasures")),
        sa.CheckConstraint("finished_at IS NULL OR subject_hash = ''", name=op.f("ck_erasures_forgotten")),
    )
    op.create_index("ix_erasures_created", "erasures", ["business_id", "created_at", "id"])
    op.add_column("audit_entries", sa.Column("erased_hash", sa.Text(), nullable=True))
    for statement in (
        *guards.tenant_table("erasures"),
        *guards.noted_table("erasures", secret=("subject_hash",)),
        *guards.roles(erasing.ROLE),
        *erasing.functions(),
        *(each for table, names in COLUMNS.items() for each in erasing.erasable(table, names)),
        *erasing.refusals(),
        erasing.SEALS_NOW,
    ):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("an entry that was erased fits its seal only with its hash: keep this")
