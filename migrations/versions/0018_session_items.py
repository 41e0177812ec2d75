"""Several lines in a checkout session, in one currency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ONE_LINE = "jsonb_build_array(jsonb_build_object('key', '1', 'sku_id', sku_id, 'quantity', quantity))"


def upgrade() -> None:
    op.add_column("checkout_sessions", sa.Column("items", postgresql.JSONB(), nullable=True))
    op.execute(f"UPDATE checkout_sessions SET items = {ONE_LINE}")
    op.add_column("checkout_sessions", sa.Column("currency", sa.Text(), nullable=True))
    op.execute(
        "UPDATE checkout_sessions s SET currency = (SELECT k.currency FROM skus k"
        " WHERE k.business_id = s.business_id AND k.id = s.sku_id)"
    )
    for column in ("items", "currency"):
        op.alter_column("checkout_sessions", column, nullable=False)
    op.create_check_constraint(
        op.f("ck_checkout_sessions_items"), "checkout_sessions", "jsonb_array_length(items) BETWEEN 1 AND 50"
    )
    op.drop_constraint(op.f("ck_checkout_sessions_quantity"), "checkout_sessions", type_="check")
    for column in ("product_id", "sku_id", "quantity"):
        op.drop_column("checkout_sessions", column)


def downgrade() -> None:
    # What had one line keeps it; of several the first stays.
    op.add_column("checkout_sessions", sa.Column("product_id", sa.UUID(), nullable=True))
    op.add_column("checkout_sessions", sa.Column("sku_id", sa.UUID(), nullable=True))
    op.add_column("checkout_sessions", sa.Column("quantity", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE checkout_sessions s SET sku_id = CAST(items -> 0 ->> 'sku_id' AS uuid),"
        " quantity = CAST(items -> 0 ->> 'quantity' AS integer), product_id = (SELECT k.product_id FROM skus k"
        " WHERE k.business_id = s.business_id AND k.id = CAST(items -> 0 ->> 'sku_id' AS uuid))"
    )
    for column in ("product_id", "sku_id", "quantity"):
        op.alter_column("checkout_sessions", column, nullable=False)
    op.create_check_constraint(op.f("ck_checkout_sessions_quantity"), "checkout_sessions", "quantity > 0")
    for column in ("items", "currency"):
        op.drop_column("checkout_sessions", column)
