"""The text of publishable keys, which stand in web pages anyway: code to copy can have them in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("public_text", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_api_keys_public_text"), "api_keys", "public_text IS NULL OR kind = 'publishable'"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_api_keys_public_text"), "api_keys", type_="check")
    op.drop_column("api_keys", "public_text")
