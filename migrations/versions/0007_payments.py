"""Payments: channel accounts and routing, transactions and attempts, exchanges and notices, bank transfers, cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "channel_accounts",
    "channel_terms",
    "routing_rules",
    "breaker_changes",
    "payment_transactions",
    "transaction_details",
    "refund_lines",
    "payment_attempts",
    "routing_decisions",
    "channel_exchanges",
    "channel_notices",
    "refused_notices",
    "refused_notice_counts",
    "bank_transfers",
    "cases",
)


def upgrade() -> None:
    _channel_accounts()
    _channel_terms()
    _routing_rules()
    _breaker_changes()
    _payment_transactions()
    _transaction_details()
    _refund_lines()
    _payment_attempts()
    _routing_decisions()
    _channel_exchanges()
    _channel_notices()
    _refused_notices()
    _refused_notice_counts()
    _bank_transfers()
    _cases()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _channel_accounts() -> None:
    op.create_table(
        "channel_accounts",
        *tenant_columns(),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("platform_keys", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("keys_due_at", sa.DateTime(timezone=True)),
        sa.Column("keys_not_before", sa.DateTime(timezone=True)),
        sa.Column("keys_attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Index("uq_channel_accounts_name", "business_id", "channel", "name", unique=True),
        sa.Index("ix_channel_accounts_keys_due", "keys_due_at", postgresql_where=sa.text("keys_due_at IS NOT NULL")),
    )


def _channel_terms() -> None:
    op.create_table(
        "channel_terms",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("min_minor", sa.BigInteger()),
        sa.Column("max_minor", sa.BigInteger()),
        sa.Column("daily_minor", sa.BigInteger()),
        sa.Column("fee_bps", sa.Integer()),
        sa.Column("fee_fixed_minor", sa.BigInteger()),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.CheckConstraint("min_minor BETWEEN 1 AND 99999999999", name="min"),
        sa.CheckConstraint("max_minor BETWEEN coalesce(min_minor, 1) AND 99999999999", name="max"),
        sa.CheckConstraint("daily_minor > 0", name="daily"),
        sa.CheckConstraint("fee_bps BETWEEN 0 AND 10000", name="fee_bps"),
        sa.CheckConstraint("fee_fixed_minor BETWEEN 0 AND 99999999999", name="fee_fixed"),
        sa.Index("uq_channel_terms_currency", "business_id", "channel_account_id", "currency", unique=True),
    )


def _routing_rules() -> None:
    op.create_table(
        "routing_rules",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("min_minor", sa.BigInteger()),
        sa.Column("max_minor", sa.BigInteger()),
        sa.Column("scene", sa.Text()),
        sa.Column("from_minute", sa.Integer()),
        sa.Column("until_minute", sa.Integer()),
        sa.Column("product_id", sa.UUID()),
        sa.Column("sku_id", sa.UUID()),
        sa.Column("targets", postgresql.JSONB(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        tenant_key("products", "product_id"),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("currency IS NOT NULL OR (min_minor IS NULL AND max_minor IS NULL)", name="amount_currency"),
        sa.CheckConstraint("min_minor >= 0 AND max_minor >= coalesce(min_minor, 0)", name="amount"),
        sa.CheckConstraint("(from_minute IS NULL) = (until_minute IS NULL)", name="hours"),
        sa.CheckConstraint("from_minute BETWEEN 0 AND 1439 AND until_minute BETWEEN 0 AND 1440", name="minutes"),
        sa.Index("ix_routing_rules_order", "business_id", "priority", "id"),
    )


def _breaker_changes() -> None:
    op.create_table(
        "breaker_changes",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pause_s", sa.Integer(), nullable=False),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.CheckConstraint("after IN ('closed', 'open', 'half_open')", name="after"),
        sa.Index("ix_breaker_changes_created", "business_id", "created_at", "id"),
        sa.Index("ix_breaker_changes_account", "business_id", "channel_account_id", "created_at"),
    )


def _payment_transactions() -> None:
    op.create_table(
        "payment_transactions",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.UUID()),
        sa.Column("charge_attempt_id", sa.UUID()),
        sa.Column("split_of", sa.UUID()),
        sa.Column("buyer_reference", sa.Text()),
        sa.Column("counter_reference", sa.Text()),
        sa.Column("payee", postgresql.JSONB()),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "kind IN ('charge', 'deduction', 'refund', 'top_up', 'withdrawal', 'transfer', 'payout')", name="kind"
        ),
        sa.CheckConstraint("status IN ('open', 'succeeded', 'failed', 'cancelled')", name="status"),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND 99999999999", name="amount"),
        sa.CheckConstraint("(kind = 'refund') = (charge_attempt_id IS NOT NULL)", name="charge"),
        sa.CheckConstraint("(kind IN ('withdrawal', 'payout')) = (payee IS NOT NULL)", name="payee"),
        sa.Index("ix_payment_transactions_order", "business_id", "order_id"),
        sa.Index("ix_payment_transactions_buyer", "business_id", "buyer_reference", "created_at"),
        sa.Index("ix_payment_transactions_created", "business_id", "created_at", "id"),
        sa.Index(
            "ix_payment_transactions_kind",
            "business_id",
            "kind",
            "created_at",
            "id",
            postgresql_where=sa.text("kind <> 'charge'"),
        ),
        sa.Index(
            "ix_payment_transactions_undone",
            "business_id",
            "status",
            "created_at",
            "id",
            postgresql_where=sa.text("status <> 'succeeded'"),
        ),
        sa.Index(
            "ix_payment_transactions_refunds",
            "business_id",
            "status",
            "created_at",
            "id",
            postgresql_where=sa.text("kind = 'refund'"),
        ),
        sa.Index(
            "ix_payment_transactions_refunded",
            "business_id",
            "decided_at",
            "id",
            postgresql_where=sa.text("kind = 'refund' AND status = 'succeeded'"),
        ),
        sa.Index(
            "uq_payment_transactions_open_charge",
            "business_id",
            "order_id",
            unique=True,
            postgresql_where=sa.text("kind = 'charge' AND status = 'open'"),
        ),
        sa.Index(
            "ix_payment_transactions_operators",
            "actor",
            "created_at",
            postgresql_where=sa.text("actor LIKE 'operator:%'"),
        ),
    )


def _transaction_details() -> None:
    op.create_table(
        "transaction_details",
        *tenant_columns(),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("sub_order_id", sa.UUID(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        tenant_key("payment_transactions", "transaction_id"),
        sa.Index("ix_transaction_details_transaction", "business_id", "transaction_id"),
    )


def _refund_lines() -> None:
    op.create_table(
        "refund_lines",
        *tenant_columns(),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("quantity", sa.Integer()),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        tenant_key("payment_transactions", "transaction_id"),
        tenant_key("order_lines", "line_id"),
        sa.CheckConstraint("amount_minor > 0 AND quantity > 0", name="positive"),
        sa.Index("uq_refund_lines_line", "business_id", "transaction_id", "line_id", unique=True),
        sa.Index("ix_refund_lines_line", "business_id", "line_id"),
    )


def _payment_attempts() -> None:
    op.create_table(
        "payment_attempts",
        *tenant_columns(),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("request_id", sa.UUID()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("channel_ref", sa.Text()),
        sa.Column("action", postgresql.JSONB()),
        sa.Column("decline_code", sa.Text()),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("poll_count", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", sa.DateTime(timezone=True)),
        sa.Column("journal_id", sa.UUID(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("means_hash", sa.BigInteger()),
        sa.Column("address_hash", sa.BigInteger()),
        tenant_key("payment_transactions", "transaction_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.CheckConstraint(
            "status IN ('ready', 'pending', 'unknown', 'succeeded', 'failed', 'cancelled')", name="status"
        ),
        sa.CheckConstraint("(status IN ('ready', 'pending', 'unknown')) = (next_poll_at IS NOT NULL)", name="polled"),
        sa.CheckConstraint(
            "kind IN ('charge', 'deduction', 'refund', 'top_up', 'withdrawal', 'transfer', 'payout')", name="kind"
        ),
        sa.Index("ix_payment_attempts_transaction", "business_id", "transaction_id"),
        sa.Index("ix_payment_attempts_created", "business_id", "created_at", "id"),
        sa.Index(
            "ix_payment_attempts_surplus",
            "business_id",
            "created_at",
            "id",
            postgresql_where=sa.text("applied IS false"),
        ),
        sa.Index(
            "ix_payment_attempts_undone",
            "business_id",
            "status",
            "created_at",
            "id",
            postgresql_where=sa.text("status <> 'succeeded'"),
        ),
        sa.Index(
            "ix_payment_attempts_undecided",
            "business_id",
            "created_at",
            "id",
            postgresql_where=sa.text("next_poll_at IS NOT NULL AND kind IN ('charge', 'deduction')"),
        ),
        sa.Index("ix_payment_attempts_account", "business_id", "channel_account_id", "created_at"),
        sa.Index(
            "ix_payment_attempts_poll",
            "business_id",
            "next_poll_at",
            postgresql_where=sa.text("next_poll_at IS NOT NULL"),
        ),
        sa.Index(
            "uq_payment_attempts_channel_ref",
            "business_id",
            "channel_account_id",
            "channel_ref",
            unique=True,
            postgresql_where=sa.text("channel_ref IS NOT NULL"),
        ),
        sa.Index(
            "ix_payment_attempts_means",
            "business_id",
            "means_hash",
            "decided_at",
            postgresql_where=sa.text("means_hash IS NOT NULL AND status = 'failed'"),
        ),
        sa.Index(
            "ix_payment_attempts_address",
            "business_id",
            "address_hash",
            "decided_at",
            postgresql_where=sa.text("address_hash IS NOT NULL AND decided_at IS NOT NULL"),
        ),
        sa.Index(
            "uq_payment_attempts_undecided",
            "business_id",
            "transaction_id",
            unique=True,
            postgresql_where=sa.text("status IN ('ready', 'pending', 'unknown')"),
        ),
        sa.Index(
            "uq_payment_attempts_applied",
            "business_id",
            "transaction_id",
            unique=True,
            postgresql_where=sa.text("status = 'succeeded' AND applied"),
        ),
    )


def _routing_decisions() -> None:
    op.create_table(
        "routing_decisions",
        *tenant_columns(),
        sa.Column("requested_channel", sa.Text()),
        sa.Column("candidates", postgresql.JSONB(), nullable=False),
        tenant_key("payment_attempts", "id"),
    )


def _channel_exchanges() -> None:
    op.create_table(
        "channel_exchanges",
        *tenant_columns(),
        sa.Column("attempt_id", sa.UUID(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Index("ix_channel_exchanges_attempt", "business_id", "attempt_id"),
        sa.Index("ix_channel_exchanges_created", "business_id", "created_at"),
    )


def _channel_notices() -> None:
    op.create_table(
        "channel_notices",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("external_id", sa.Text()),
        sa.Column("attempt_id", sa.UUID()),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("verdict IN ('accepted', 'duplicate', 'refused')", name="verdict"),
        sa.Index(
            "uq_channel_notices_accepted",
            "business_id",
            "channel_account_id",
            "external_id",
            unique=True,
            postgresql_where=sa.text("verdict = 'accepted'"),
        ),
        sa.Index("ix_channel_notices_attempt", "business_id", "attempt_id"),
        sa.Index("ix_channel_notices_created", "business_id", "created_at"),
    )


def _refused_notices() -> None:
    op.create_table(
        "refused_notices",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("beginning", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(beginning) <= 1024", name="beginning"),
        sa.CheckConstraint("octet_length(body_sha256) = 32", name="body_sha256"),
        sa.Index("ix_refused_notices_account", "business_id", "channel_account_id", "created_at"),
        sa.Index("ix_refused_notices_age", "created_at", postgresql_using="brin"),
    )


def _refused_notice_counts() -> None:
    op.create_table(
        "refused_notice_counts",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("business_id", "channel_account_id", "hour", name="uq_refused_notice_counts_hour"),
        sa.Index("ix_refused_notice_counts_hour", "hour"),
    )


def _bank_transfers() -> None:
    op.create_table(
        "bank_transfers",
        *tenant_columns(),
        sa.Column("attempt_id", sa.UUID(), nullable=False),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("return_reference", sa.Text()),
        sa.Column("returned_on", sa.Date()),
        sa.Column("returned_by", sa.Text()),
        sa.Column("return_decided_by", sa.Text()),
        tenant_key("payment_attempts", "attempt_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.CheckConstraint("direction IN ('in', 'out')", name="direction"),
        sa.CheckConstraint(
            "status IN ('recorded', 'confirmed', 'rejected', 'returning', 'sent_back', 'returned')", name="status"
        ),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND 99999999999", name="amount"),
        sa.CheckConstraint(
            "coalesce(decided_by <> recorded_by, false) OR status IN ('recorded', 'rejected')", name="second_person"
        ),
        sa.CheckConstraint(
            "status <> 'returned' OR coalesce(return_decided_by <> returned_by, false)", name="second_person_back"
        ),
        sa.Index(
            "uq_bank_transfers_open",
            "business_id",
            "attempt_id",
            unique=True,
            postgresql_where=sa.text("status = 'recorded'"),
        ),
        sa.Index(
            "uq_bank_transfers_confirmed",
            "business_id",
            "attempt_id",
            unique=True,
            postgresql_where=sa.text("status = 'confirmed'"),
        ),
        sa.Index(
            "uq_bank_transfers_reference",
            "business_id",
            "channel_account_id",
            "bank_reference",
            unique=True,
            postgresql_where=sa.text("status <> 'rejected'"),
        ),
        sa.Index("ix_bank_transfers_attempt", "business_id", "attempt_id"),
        sa.Index("ix_bank_transfers_status", "business_id", "status", "created_at"),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'resolved')", name="status"),
        sa.Index("uq_cases_subject", "business_id", "kind", "subject_id", unique=True),
        sa.Index("ix_cases_open", "business_id", "created_at", postgresql_where=sa.text("status = 'open'")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
