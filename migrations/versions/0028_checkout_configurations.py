"""Configurations that pages without a server sell by, and the terms of the sessions that are opened from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE, SESSIONS = "checkout_configurations", "checkout_sessions"


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        TABLE,
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("items", json, nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("terms", json, nullable=False),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("appearance", json, nullable=False),
        sa.Column("details", json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jsonb_array_length(items) BETWEEN 1 AND 50", name=op.f(f"ck_{TABLE}_items")),
        sa.CheckConstraint("archived_at IS NULL OR NOT active", name=op.f(f"ck_{TABLE}_archived")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(f"ix_{TABLE}_created", TABLE, ["business_id", "created_at", "id"])
    op.create_index(f"ix_{TABLE}_id", TABLE, ["id"])
    for statement in guards.tenant_table(TABLE):
        op.execute(statement)
    op.add_column(SESSIONS, sa.Column("terms", json, nullable=False, server_default="{}"))
    op.alter_column(SESSIONS, "terms", server_default=None)
    op.add_column(SESSIONS, sa.Column("configuration_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_checkout_sessions_business_id_configuration_id"),
        SESSIONS,
        TABLE,
        ["business_id", "configuration_id"],
        ["business_id", "id"],
    )
    op.create_index(
        "ix_checkout_sessions_configuration",
        SESSIONS,
        ["business_id", "configuration_id", "created_at"],
        postgresql_where="configuration_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_checkout_sessions_configuration", SESSIONS)
    op.drop_constraint(op.f("fk_checkout_sessions_business_id_configuration_id"), SESSIONS, type_="foreignkey")
    op.drop_column(SESSIONS, "configuration_id")
    op.drop_column(SESSIONS, "terms")
    op.drop_table(TABLE)
