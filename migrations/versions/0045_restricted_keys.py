"""Keys that may do less: scopes, networks, an end, and the key that replaces one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("scopes", "addresses"):
        op.add_column("api_keys", sa.Column(name, postgresql.JSONB(), nullable=False, server_default="[]"))
        op.alter_column("api_keys", name, server_default=None)
    op.add_column("api_keys", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_keys", sa.Column("replaced_by", sa.UUID(), nullable=True))
    op.add_column("api_keys", sa.Column("last_used_address", sa.Text(), nullable=True))
    op.drop_constraint(op.f("ck_api_keys_kind"), "api_keys", type_="check")
    op.create_check_constraint(op.f("ck_api_keys_kind"), "api_keys", "kind IN ('secret', 'publishable', 'restricted')")
    op.create_check_constraint(op.f("ck_api_keys_scopes"), "api_keys", "(kind = 'restricted') = (scopes <> '[]')")
    _note(("last_used_at", "last_used_address"))


def downgrade() -> None:
    _note(("last_used_at",))
    op.drop_constraint(op.f("ck_api_keys_scopes"), "api_keys", type_="check")
    op.drop_constraint(op.f("ck_api_keys_kind"), "api_keys", type_="check")
    op.execute("UPDATE api_keys SET revoked = true, kind = 'secret' WHERE kind = 'restricted'")
    op.create_check_constraint(op.f("ck_api_keys_kind"), "api_keys", "kind IN ('secret', 'publishable')")
    for name in ("last_used_address", "replaced_by", "expires_at", "addresses", "scopes"):
        op.drop_column("api_keys", name)


def _note(ignored: tuple[str, ...]) -> None:
    op.execute("DROP TRIGGER noted ON api_keys")
    for statement in guards.noted_table("api_keys", secret=("secret_hash",), ignored=ignored):
        op.execute(statement)
