"""Passkeys, and the challenges that they have answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_passkeys_person_id")),
    )
    op.create_index("uq_passkeys_credential", "passkeys", ["credential_id"], unique=True)
    op.create_index("ix_passkeys_person", "passkeys", ["person_id"])
    op.create_table(
        "used_challenges",
        sa.Column("challenge_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_used_challenges")),
    )
    op.create_index("ix_used_challenges_used", "used_challenges", ["used_at"])
    for table in ("passkeys", "used_challenges"):
        for statement in guards.directory_table(table, rights="SELECT, INSERT, UPDATE, DELETE"):
            op.execute(statement)
    op.execute(f"REVOKE SELECT ON passkeys, used_challenges FROM {guards.APP_ROLE}")


def downgrade() -> None:
    op.drop_table("used_challenges")
    op.drop_table("passkeys")
