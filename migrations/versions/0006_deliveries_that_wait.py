"""Deliveries that wait and are tried again; pools of licence keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATES = "status IN ('pending', 'delivered', 'failed', 'revoking', 'revoked', 'kept')"
_STATES_BEFORE = "status IN ('pending', 'delivered', 'failed', 'revoked')"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("answer", postgresql.JSONB(), nullable=True))
    op.execute("UPDATE deliveries SET next_try_at = now() WHERE status = 'pending'")
    op.drop_constraint(op.f("ck_deliveries_status"), "deliveries")
    op.create_check_constraint(op.f("ck_deliveries_status"), "deliveries", _STATES)
    op.create_check_constraint(
        op.f("ck_deliveries_tried"), "deliveries", "(status IN ('pending', 'revoking')) = (next_try_at IS NOT NULL)"
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["business_id", "next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    _licence_keys()


def _licence_keys() -> None:
    op.create_table(
        "licence_keys",
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.UUID(), nullable=True),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('free', 'delivered', 'withdrawn')", name=op.f("ck_licence_keys_status")),
        sa.CheckConstraint("status <> 'delivered' OR delivery_id IS NOT NULL", name=op.f("ck_licence_keys_owner")),
        sa.ForeignKeyConstraint(
            ["business_id", "sku_id"], ["skus.business_id", "skus.id"], name=op.f("fk_licence_keys_business_id_sku_id")
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_licence_keys")),
    )
    key = ["business_id", "sku_id"]
    op.create_index("uq_licence_keys_fingerprint", "licence_keys", [*key, "fingerprint"], unique=True)
    op.create_index("ix_licence_keys_free", "licence_keys", [*key, "id"], postgresql_where=sa.text("status = 'free'"))
    op.create_index("ix_licence_keys_delivery", "licence_keys", ["business_id", "delivery_id"])
    for statement in guards.tenant_table("licence_keys"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("licence_keys")
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.drop_constraint(op.f("ck_deliveries_tried"), "deliveries")
    op.drop_constraint(op.f("ck_deliveries_status"), "deliveries")
    op.create_check_constraint(op.f("ck_deliveries_status"), "deliveries", _STATES_BEFORE)
    op.drop_column("deliveries", "answer")
    op.drop_column("deliveries", "next_try_at")
