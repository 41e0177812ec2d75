"""A second factor: the secret of an authenticator app, and codes for when it is lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    has = sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("portal_sessions", has)
    op.alter_column("portal_sessions", "second_factor", server_default=None)
    op.create_table(
        "totp_secrets",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        _moment("confirmed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp_secrets")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_totp_secrets_person_id")),
    )
    op.create_index("uq_totp_secrets_person", "totp_secrets", ["person_id"], unique=True)
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_recovery_codes_person_id")),
    )
    op.create_index("uq_recovery_codes_number", "recovery_codes", ["person_id", "number"], unique=True)
    for table in ("totp_secrets", "recovery_codes"):
        for statement in guards.directory_table(table, rights="SELECT, INSERT, UPDATE, DELETE"):
            op.execute(statement)
    # Not for transactions of one business: what stands here concerns people, and nobody else needs to read it.
    op.execute(f"REVOKE SELECT ON totp_secrets, recovery_codes, portal_sessions FROM {guards.APP_ROLE}")


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("totp_secrets")
    op.drop_column("portal_sessions", "second_factor")
