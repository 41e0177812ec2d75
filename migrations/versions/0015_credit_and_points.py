"""What a piece hands over; wallet money and points that were bought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("skus", sa.Column("goods", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("skus", "goods", server_default=None)
    _grants()
    _points()


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("given", "taken", "owed", "lost")),
        sa.Column("when_spent", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        *_tenant("grants", ("deliveries", "delivery_id")),
        sa.CheckConstraint("given >= 0 AND taken >= 0 AND owed >= 0 AND lost >= 0", name=op.f("ck_grants_positive")),
        sa.CheckConstraint(
            "taken + owed + lost = CASE WHEN revoked_at IS NULL THEN 0 ELSE given END", name=op.f("ck_grants_back")
        ),
        sa.CheckConstraint("when_spent IN ('case', 'debt')", name=op.f("ck_grants_when_spent")),
    )
    op.create_index("uq_grants_delivery", "grants", ["business_id", "delivery_id"], unique=True)
    op.create_index("ix_grants_buyer", "grants", ["business_id", "buyer_reference", "id"])
    for statement in guards.tenant_table("grants"):
        op.execute(statement)


def _points() -> None:
    op.create_table(
        "points_accounts",
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        *_tenant("points_accounts"),
        sa.CheckConstraint("balance >= 0 AND owed >= 0", name=op.f("ck_points_accounts_balance")),
    )
    op.create_index("uq_points_accounts_buyer", "points_accounts", ["business_id", "buyer_reference"], unique=True)
    op.create_table(
        "points_entries",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        *_tenant("points_entries", ("points_accounts", "account_id"), ("deliveries", "delivery_id")),
        sa.CheckConstraint(
            "kind IN ('earned', 'granted', 'spent', 'taken_back', 'collected')", name=op.f("ck_points_entries_kind")
        ),
        sa.CheckConstraint("change <> 0 AND balance >= 0", name=op.f("ck_points_entries_change")),
        sa.CheckConstraint("(change > 0) = (kind IN ('earned', 'granted'))", name=op.f("ck_points_entries_sign")),
    )
    op.create_index("ix_points_entries_account", "points_entries", ["business_id", "account_id", "id"])
    op.create_index("ix_points_entries_delivery", "points_entries", ["business_id", "delivery_id"])
    for statement in (
        *guards.tenant_table("points_accounts"),
        *guards.tenant_table("points_entries", append_only=True),
    ):
        op.execute(statement)


def _tenant(table: str, *keys: tuple[str, str]) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                ["business_id", column],
                [f"{other}.business_id", f"{other}.id"],
                name=op.f(f"fk_{table}_business_id_{column}"),
            )
            for other, column in keys
        ),
    ]


def downgrade() -> None:
    op.drop_table("points_entries")
    op.drop_table("points_accounts")
    op.drop_table("grants")
    op.drop_column("skus", "goods")
