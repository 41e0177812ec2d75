"""Buyers' memberships as rows, changes of them by hand, and reminders before their end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', {}'channel', 'transition',"
    " 'limits', 'erasure', 'closure', 'bank_transfer', 'payment_order', 'settlement', 'adjustment')"
)
# The first entitlement of a buyer and product gives the membership its id: nothing else has both.
_FILL = """
INSERT INTO buyer_memberships (business_id, id, created_at, buyer_reference, product_id, level, rank, starts_at,
                               ends_at, due_at, told_level, told_ends_at)
SELECT business_id, (array_agg(id ORDER BY created_at, id))[1], min(created_at), buyer_reference, product_id,
       (array_agg(level ORDER BY rank DESC, id))[1], max(rank), min(starts_at), max(ends_at), max(now()),
       CASE WHEN max(ends_at) > max(now()) THEN (array_agg(level ORDER BY rank DESC, id))[1] END,
       CASE WHEN max(ends_at) > max(now()) THEN max(ends_at) END
FROM entitlements GROUP BY business_id, buyer_reference, product_id
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("businesses", sa.Column("membership_reminder_days", sa.Integer(), server_default="7"))
    _set_kinds("'membership', ")
    _members()
    _changes()
    op.add_column("entitlements", sa.Column("change_id", sa.UUID()))
    op.add_column("entitlements", sa.Column("root_id", sa.UUID()))
    op.add_column("entitlements", sa.Column("shortened_us", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("entitlements", "shortened_us", server_default=None)
    op.alter_column("entitlements", "delivery_id", nullable=True)
    for constraint in (tenant_key("membership_changes", "change_id"), tenant_key("entitlements", "root_id")):
        op.create_foreign_key(
            None, "entitlements", constraint.elements[0].target_fullname.partition(".")[0],
            constraint.column_keys, ["business_id", "id"],
        )  # fmt: skip
    op.create_check_constraint("source", "entitlements", "(delivery_id IS NULL) = (change_id IS NOT NULL)")
    op.create_check_constraint("shortened", "entitlements", "shortened_us BETWEEN 0 AND seconds::bigint * 1000000")
    op.create_index(
        "ix_entitlements_root", "entitlements", ["business_id", "root_id"],
        postgresql_where=sa.text("root_id IS NOT NULL"),
    )  # fmt: skip
    op.execute(_FILL)


def downgrade() -> None:
    op.execute("DELETE FROM entitlements WHERE delivery_id IS NULL")
    for column in ("change_id", "root_id", "shortened_us"):
        op.drop_column("entitlements", column)
    op.alter_column("entitlements", "delivery_id", nullable=False)
    op.drop_table("membership_changes")
    op.drop_table("buyer_memberships")
    _set_kinds("")
    op.drop_column("businesses", "membership_reminder_days")


def _members() -> None:
    op.create_table(
        "buyer_memberships",
        *tenant_columns(),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("email", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("told_level", sa.Text()),
        sa.Column("told_ends_at", sa.DateTime(timezone=True)),
        sa.Column("reminded_ends_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("ends_at >= starts_at AND rank >= 0", name="span"),
        sa.Index("uq_buyer_memberships_buyer", "business_id", "buyer_reference", "product_id", unique=True),
        sa.Index("ix_buyer_memberships_created", "business_id", "created_at", "id"),
        sa.Index("ix_buyer_memberships_ends", "business_id", "ends_at"),
        sa.Index("ix_buyer_memberships_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    )
    for statement in guards.of(Base, "buyer_memberships"):
        op.execute(statement)


def _changes() -> None:
    op.create_table(
        "membership_changes",
        *tenant_columns(),
        sa.Column("membership_id", sa.UUID(), nullable=False),
        sa.Column("other_id", sa.UUID()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        tenant_key("buyer_memberships", "membership_id"),
        tenant_key("buyer_memberships", "other_id"),
        sa.CheckConstraint(
            "kind IN ('granted', 'extended', 'shortened', 'revoked', 'moved_away', 'moved_here', 'imported')",
            name="kind",
        ),
        sa.CheckConstraint("(kind IN ('moved_away', 'moved_here')) = (other_id IS NOT NULL)", name="other"),
        sa.CheckConstraint(
            "(seconds > 0) = (kind IN ('granted', 'extended', 'imported', 'moved_here')) AND seconds <> 0", name="sign"
        ),
        sa.Index("ix_membership_changes_membership", "business_id", "membership_id", "id"),
        sa.Index("ix_membership_changes_created", "business_id", "created_at"),
    )
    for statement in guards.of(Base, "membership_changes"):
        op.execute(statement)


def _set_kinds(more: str) -> None:
    name = op.f("ck_approvals_kind")
    op.drop_constraint(name, "approvals")
    op.create_check_constraint(name, "approvals", _KINDS.format(more))
