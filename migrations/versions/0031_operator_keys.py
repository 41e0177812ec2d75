"""Keys of those who run the installation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "operator_keys",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_keys")),
    )
    op.create_index("uq_operator_keys_hash", "operator_keys", ["secret_hash"], unique=True)
    for statement in guards.of(Base, "operator_keys"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("operator_keys")
