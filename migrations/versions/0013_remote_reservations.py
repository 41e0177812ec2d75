"""What a merchant's own system holds for an order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SETTLED = "'held hold', 'confirmed confirm', 'cancelled cancel'"


def upgrade() -> None:
    op.add_column("skus", sa.Column("participant", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("skus", "participant", server_default=None)
    op.add_column("orders", sa.Column("asks_outside", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("orders", "asks_outside", server_default=None)
    op.add_column("reservations", sa.Column("line_id", sa.UUID(), nullable=True))
    op.add_column("reservations", sa.Column("sku_id", sa.UUID(), nullable=True))
    op.add_column("reservations", sa.Column("quantity", sa.Integer(), nullable=True))
    op.add_column("reservations", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("reservations", "tries", server_default=None)
    op.add_column("reservations", sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reservations", sa.Column("error", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reservations_business_id_sku_id"),
        "reservations",
        "skus",
        ["business_id", "sku_id"],
        ["business_id", "id"],
    )
    _check("kind", "kind IN ('wallet', 'remote')", anew=True)
    _check("status", "status IN ('trying', 'held', 'confirmed', 'cancelled', 'stuck')", anew=True)
    _check("remote", "kind <> 'remote' OR (sku_id IS NOT NULL AND line_id IS NOT NULL AND quantity > 0)")
    _check("told", f"kind <> 'remote' OR (next_try_at IS NULL) = (status || ' ' || wanted IN ({SETTLED}))")
    op.create_index(
        "ix_reservations_due",
        "reservations",
        ["business_id", "next_try_at"],
        postgresql_where="next_try_at IS NOT NULL",
    )
    op.create_index("ix_reservations_created", "reservations", ["business_id", "created_at", "id"])


def _check(name: str, condition: str, *, anew: bool = False) -> None:
    if anew:
        op.drop_constraint(op.f(f"ck_reservations_{name}"), "reservations", type_="check")
    op.create_check_constraint(op.f(f"ck_reservations_{name}"), "reservations", condition)


def downgrade() -> None:
    op.execute("DELETE FROM reservations WHERE kind = 'remote'")
    op.drop_index("ix_reservations_created", "reservations")
    op.drop_index("ix_reservations_due", "reservations")
    for name in ("told", "remote"):
        op.drop_constraint(op.f(f"ck_reservations_{name}"), "reservations", type_="check")
    _check("status", "status IN ('trying', 'held', 'confirmed', 'cancelled')", anew=True)
    _check("kind", "kind IN ('wallet')", anew=True)
    for column in ("error", "next_try_at", "tries", "quantity", "sku_id", "line_id"):
        op.drop_column("reservations", column)
    op.drop_column("orders", "asks_outside")
    op.drop_column("skus", "participant")
