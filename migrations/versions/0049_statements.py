"""Statements of settlement batches have balances, and name what was posted besides clearing; money can be held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_BALANCES = ("opening_minor", "closing_minor", "pending_minor")
_KINDS = "kind IN ('receipt', 'refund', 'code'{})"
_ORDER = "(kind IN ('code'{})) = (order_id IS NULL)"
_TABLES = ("settlement_postings", "settlement_holds", "settlement_reserves", "holidays")
_OF_PARTNERS = {
    "calendar": "calendar = '' OR (calendar ~ '^[A-Z]{2}$' AND working_days)",
    "cut_off": "cut_off_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'",
    "reserve": "reserve_bps BETWEEN 0 AND 5000 AND reserve_days BETWEEN 0 AND 365"
    " AND (reserve_bps > 0) = (reserve_days > 0)",
}
_TOTAL = "total_minor BETWEEN 1 AND 99999999999 AND entry_count {} 0"
# Of batches that were closed before: payouts stand on the next statement.
_EARLIER = """
UPDATE settlement_batches b SET
    opening_minor = x.opening,
    closing_minor = x.opening + b.total_minor,
    pending_minor = (
        SELECT coalesce(sum(e.amount_minor), 0) FROM clearing_entries e
        LEFT JOIN settlement_items i ON i.business_id = e.business_id AND i.id = e.id
        LEFT JOIN settlement_batches o ON o.business_id = i.business_id AND o.id = i.batch_id
        WHERE e.business_id = b.business_id AND e.partner_id = b.partner_id AND e.currency = b.currency
        AND e.created_at <= b.created_at AND (o.number IS NULL OR o.number > b.number))
FROM (
    SELECT business_id, id, coalesce(sum(total_minor) OVER (
        PARTITION BY business_id, partner_id, currency ORDER BY number
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS opening FROM settlement_batches) x
WHERE x.business_id = b.business_id AND x.id = b.id
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in _BALANCES:
        op.add_column("settlement_batches", sa.Column(name, sa.BigInteger()))
    op.execute(_EARLIER)
    for name in _BALANCES:
        op.alter_column("settlement_batches", name, nullable=False)
    _set_total(">=")
    op.create_table(
        "settlement_postings",
        *tenant_columns(),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        tenant_key("ledger_entries", "id"),
        tenant_key("settlement_batches", "batch_id"),
        sa.CheckConstraint("kind IN ('adjustment', 'payout', 'returned')", name="kind"),
        sa.Index("ix_settlement_postings_batch", "business_id", "batch_id", "id"),
    )
    _set_mails(", 'statement'")
    _create_holds()
    _create_terms()
    for table in _TABLES:
        for statement in guards.of(Base, table):
            op.execute(statement)
    for statement in guards.renewed(Base, op.get_bind(), "settlement_batches"):
        op.execute(statement)
    for statement in guards.renewed(Base, op.get_bind(), "partners"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DELETE FROM mails WHERE kind = 'statement'")
    _set_mails("")
    for table in reversed(_TABLES):
        op.drop_table(table)
    for name in _OF_PARTNERS:
        op.drop_constraint(op.f(f"ck_partners_{name}"), "partners")
    for name in ("working_days", "calendar", "cut_off_time", "reserve_bps", "reserve_days"):
        op.drop_column("partners", name)
    _set_total(">")
    for name in (*_BALANCES, "reserve_kept_minor", "reserve_returned_minor"):
        op.drop_column("settlement_batches", name)


def _set_total(least: str) -> None:
    name = op.f("ck_settlement_batches_total")
    op.drop_constraint(name, "settlement_batches")
    op.create_check_constraint(name, "settlement_batches", _TOTAL.format(least))


def _set_mails(more: str) -> None:
    for name, condition in (("kind", _KINDS), ("order", _ORDER)):
        full = op.f(f"ck_mails_{name}")
        op.drop_constraint(full, "mails")
        op.create_check_constraint(full, "mails", condition.format(more))


def _create_holds() -> None:
    op.create_table(
        "settlement_holds",
        *tenant_columns(),
        sa.Column("partner_id", sa.UUID()),
        sa.Column("order_id", sa.UUID()),
        sa.Column("line_id", sa.UUID()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("released_by", sa.Text()),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("release_reason", sa.Text(), nullable=False),
        tenant_key("partners", "partner_id"),
        tenant_key("orders", "order_id"),
        tenant_key("order_lines", "line_id"),
        sa.CheckConstraint("status IN ('held', 'released')", name="status"),
        sa.CheckConstraint("(status = 'released') = (released_at IS NOT NULL)", name="released"),
        sa.CheckConstraint(
            "num_nonnulls(partner_id, order_id) > 0 AND (line_id IS NULL OR order_id IS NOT NULL)", name="on"
        ),
        sa.Index(
            "uq_settlement_holds_held",
            "business_id",
            "partner_id",
            "order_id",
            "line_id",
            unique=True,
            postgresql_where=sa.text("status = 'held'"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.Index("ix_settlement_holds_created", "business_id", "created_at", "id"),
        sa.Index("ix_settlement_holds_status", "business_id", "status", "created_at", "id"),
    )


def _create_terms() -> None:
    for name in ("reserve_kept_minor", "reserve_returned_minor"):
        op.add_column("settlement_batches", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("settlement_batches", name, server_default=None)
    for column in (
        sa.Column("working_days", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("calendar", sa.Text(), nullable=False, server_default=""),
        sa.Column("cut_off_time", sa.Text(), nullable=False, server_default="00:00"),
        sa.Column("reserve_bps", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reserve_days", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("partners", column)
        op.alter_column("partners", column.name, server_default=None)
    for name, condition in _OF_PARTNERS.items():
        op.create_check_constraint(name, "partners", condition)
    op.create_table(
        "settlement_reserves",
        *tenant_columns(),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("partner_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_in_id", sa.UUID()),
        tenant_key("settlement_batches", "batch_id"),
        tenant_key("settlement_batches", "returned_in_id"),
        tenant_key("partners", "partner_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("uq_settlement_reserves_batch", "business_id", "batch_id", unique=True),
        sa.Index("ix_settlement_reserves_returned", "business_id", "returned_in_id"),
        sa.Index(
            "ix_settlement_reserves_kept",
            "business_id",
            "partner_id",
            "currency",
            "due_at",
            postgresql_where=sa.text("returned_in_id IS NULL"),
        ),
    )
    op.create_table(
        "holidays",
        *tenant_columns(),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("calendar = '' OR calendar ~ '^[A-Z]{2}$'", name="calendar"),
        sa.Index("uq_holidays_day", "business_id", "calendar", "day", unique=True),
        sa.Index("ix_holidays_created", "business_id", "created_at", "id"),
    )
