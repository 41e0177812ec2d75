"""Goods that are shipped: warehouses, parcels and what is in them. Such a delivery is tried by nobody, and buyers are
written to when a parcel leaves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_CONTRACT = "'contract_signed', 'contract_reminder', 'contract_refused', 'contract_cancelled', 'contract_ended'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _tried("(status IN ('pending', 'revoking') AND kind <> 'shipping') = (next_attempt_at IS NOT NULL)")
    _mails(
        f"kind IN ('receipt', 'refund', 'code', 'statement', 'parcel', {_CONTRACT})",
        "(kind IN ('receipt', 'refund', 'parcel')) = (order_id IS NOT NULL)",
    )
    op.create_table(
        "warehouses",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", postgresql.JSONB(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        sa.Index("uq_warehouses_name", "business_id", "name", unique=True),
        sa.Index("ix_warehouses_created", "business_id", "created_at", "id"),
    )
    op.create_table(
        "parcels",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("warehouse_id", sa.UUID()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        tenant_key("orders", "order_id"),
        tenant_key("warehouses", "warehouse_id"),
        sa.CheckConstraint(
            "status IN ('packed', 'shipped', 'delivered', 'lost', 'returned', 'cancelled')", name="status"
        ),
        sa.CheckConstraint("(shipped_at IS NULL) = (status IN ('packed', 'cancelled'))", name="shipped"),
        sa.CheckConstraint(
            "(status <> 'delivered' OR delivered_at IS NOT NULL)"
            " AND (delivered_at IS NULL OR status IN ('delivered', 'returned'))",
            name="delivered",
        ),
        sa.Index("ix_parcels_order", "business_id", "order_id"),
        sa.Index("ix_parcels_created", "business_id", "created_at", "id"),
        sa.Index("ix_parcels_tracking", "business_id", "tracking_number", postgresql_where="tracking_number <> ''"),
    )
    op.create_table(
        "parcel_lines",
        *tenant_columns(),
        sa.Column("parcel_id", sa.UUID(), nullable=False),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        tenant_key("parcels", "parcel_id"),
        tenant_key("deliveries", "delivery_id"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.Index("uq_parcel_lines_delivery", "business_id", "parcel_id", "delivery_id", unique=True),
        sa.Index("ix_parcel_lines_delivery", "business_id", "delivery_id"),
    )
    for statement in guards.of(Base, "warehouses", "parcels", "parcel_lines"):
        op.execute(statement)


def downgrade() -> None:
    for table in ("parcel_lines", "parcels", "warehouses"):
        op.drop_table(table)
    op.execute("DELETE FROM mails WHERE kind = 'parcel'")
    _mails(
        f"kind IN ('receipt', 'refund', 'code', 'statement', {_CONTRACT})",
        "(kind IN ('receipt', 'refund')) = (order_id IS NOT NULL)",
    )
    op.execute(
        "UPDATE deliveries SET next_attempt_at = now() WHERE status IN ('pending', 'revoking')"
        " AND next_attempt_at IS NULL"
    )
    _tried("(status IN ('pending', 'revoking')) = (next_attempt_at IS NOT NULL)")


def _tried(rule: str) -> None:
    op.drop_constraint(op.f("ck_deliveries_tried"), "deliveries")
    op.create_check_constraint(op.f("ck_deliveries_tried"), "deliveries", rule)


def _mails(kinds: str, order: str) -> None:
    for name, rule in (("kind", kinds), ("order", order)):
        op.drop_constraint(op.f(f"ck_mails_{name}"), "mails")
        op.create_check_constraint(op.f(f"ck_mails_{name}"), "mails", rule)
