"""The team: roles that a business makes itself, invitations, and people who leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "roles",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.JSONB(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("archived_at", _MOMENT, nullable=True),
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("business_id", "id")),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_roles")),
    )
    in_use = sa.text("archived_at IS NULL")
    op.create_index("uq_roles_name", "roles", ["business_id", "name"], unique=True, postgresql_where=in_use)

    op.add_column("memberships", sa.Column("role_id", sa.UUID(), nullable=True))
    op.add_column("memberships", sa.Column("left_at", _MOMENT, nullable=True))
    op.create_foreign_key(
        op.f("fk_memberships_business_id_role_id"),
        "memberships",
        "roles",
        ["business_id", "role_id"],
        ["business_id", "id"],
    )
    op.create_check_constraint(op.f("ck_memberships_role"), "memberships", "(role = 'custom') = (role_id IS NOT NULL)")
    own = sa.text("role_id IS NOT NULL")
    op.create_index("ix_memberships_role", "memberships", ["business_id", "role_id"], postgresql_where=own)

    op.create_table(
        "invitations",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("email", "role", "invited_by")),
        *(sa.Column(name, sa.UUID(), nullable=True) for name in ("role_id", "accepted_by")),
        sa.Column("round", sa.Integer(), nullable=False),
        *(sa.Column(name, _MOMENT, nullable=False) for name in ("invited_at", "expires_at")),
        *(sa.Column(name, _MOMENT, nullable=True) for name in ("accepted_at", "withdrawn_at")),
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("business_id", "id")),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_invitations")),
        sa.ForeignKeyConstraint(
            ["business_id", "role_id"],
            ["roles.business_id", "roles.id"],
            name=op.f("fk_invitations_business_id_role_id"),
        ),
        sa.ForeignKeyConstraint(["accepted_by"], ["persons.id"], name=op.f("fk_invitations_accepted_by")),
        sa.CheckConstraint("(role = 'custom') = (role_id IS NOT NULL)", name=op.f("ck_invitations_role")),
        sa.CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_invitations_ended")),
        sa.CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name=op.f("ck_invitations_accepted")),
    )
    waiting = sa.text("accepted_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "uq_invitations_waiting", "invitations", ["business_id", "email"], unique=True, postgresql_where=waiting
    )
    op.create_index("ix_invitations_created", "invitations", ["business_id", "created_at", "id"])
    for table in ("roles", "invitations"):
        for statement in (*guards.tenant_table(table), *guards.noted_table(table)):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("invitations")
    op.drop_index("ix_memberships_role", "memberships")
    op.drop_constraint(op.f("ck_memberships_role"), "memberships")
    op.drop_constraint(op.f("fk_memberships_business_id_role_id"), "memberships")
    op.drop_column("memberships", "left_at")
    op.drop_column("memberships", "role_id")
    op.drop_table("roles")
