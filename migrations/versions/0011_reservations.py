"""Reservations: first of all, the share of an order that comes from the buyer's wallet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_transactions", sa.Column("together_with", sa.Uuid(), nullable=True))
    op.add_column(
        "checkout_sessions",
        sa.Column("buyer_signed_in", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("checkout_sessions", "buyer_signed_in", server_default=None)
    op.create_table(
        "reservations",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=True),
        sa.Column("share_id", sa.UUID(), nullable=True),
        sa.Column("journal_id", sa.UUID(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('wallet')", name=op.f("ck_reservations_kind")),
        sa.CheckConstraint(
            "status IN ('trying', 'held', 'confirmed', 'cancelled')", name=op.f("ck_reservations_status")
        ),
        sa.CheckConstraint("wanted IN ('hold', 'confirm', 'cancel')", name=op.f("ck_reservations_wanted")),
        sa.CheckConstraint(
            "kind <> 'wallet' OR (amount_minor > 0 AND currency IS NOT NULL AND journal_id IS NOT NULL"
            " AND attempt_id IS NOT NULL AND share_id IS NOT NULL)",
            name=op.f("ck_reservations_wallet"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "order_id"],
            ["orders.business_id", "orders.id"],
            name=op.f("fk_reservations_business_id_order_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_reservations")),
    )
    op.create_index("ix_reservations_order", "reservations", ["business_id", "order_id"])
    op.create_index(
        "uq_reservations_wallet",
        "reservations",
        ["business_id", "order_id"],
        unique=True,
        postgresql_where="kind = 'wallet' AND status IN ('trying', 'held')",
    )
    for statement in guards.tenant_table("reservations"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("reservations")
    op.drop_column("checkout_sessions", "buyer_signed_in")
    op.drop_column("payment_transactions", "together_with")
