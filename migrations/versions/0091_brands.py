"""What buyers know a business by: a logo, an address to write to, the way to its shop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0091"
down_revision = "0070"
branch_labels = None
depends_on = None

_COLUMNS = ("contact_email", "website", "logo_key", "logo_widths", "logo_height")


def upgrade() -> None:
    for name in ("contact_email", "website", "logo_key"):
        op.add_column("businesses", sa.Column(name, sa.Text()))
    op.add_column("businesses", sa.Column("logo_widths", JSONB(), server_default="[]", nullable=False))
    op.add_column("businesses", sa.Column("logo_height", sa.Integer(), server_default="0", nullable=False))
    for name in ("logo_widths", "logo_height"):
        op.alter_column("businesses", name, server_default=None)


def downgrade() -> None:
    for name in reversed(_COLUMNS):
        op.drop_column("businesses", name)
