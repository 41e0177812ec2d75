"""For how long a business keeps its data becomes settings: a column for each kind instead of one document. So does how
many channel accounts it has, how many a payment is tried at, and how often a webhook is sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import SYSTEM_ROLE

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

# Kind → days by default, the least and the most.
KEPT = {
    "unpaid": (90, 7, 730),
    "agreements": (1095, 180, 3650),
    "risk_lists": (365, 1, 1095),
    "risk_decisions": (90, 7, 730),
    "exchanges": (540, 30, 3650),
    "refused": (30, 1, 90),
    "mails": (180, 7, 3650),
    "webhooks": (30, 7, 365),
    "requests": (30, 1, 90),
    "answers": (2, 2, 30),
    "exports": (7, 1, 30),
    "alerts": (90, 7, 365),
    "invitations": (90, 30, 365),
}
# Setting → default.
LIMITS = {"max_channel_accounts": 100, "accounts_tried": 3, "webhook_attempts": 10}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, value in LIMITS.items():
        op.add_column("businesses", sa.Column(name, sa.Integer(), nullable=False, server_default=str(value)))
    for kind, (days, _, _) in KEPT.items():
        column = sa.Column(f"keep_{kind}_days", sa.Integer(), nullable=False, server_default=str(days))
        op.add_column("businesses", column)
    op.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
    for kind, (_, least, most) in KEPT.items():
        op.execute(
            f"UPDATE businesses SET keep_{kind}_days = LEAST(GREATEST((retention->>'{kind}')::int, {least}), {most})"
            f" WHERE retention ? '{kind}'"
        )
    op.execute("RESET ROLE")
    op.drop_column("businesses", "retention")


def downgrade() -> None:
    for name in LIMITS:
        op.drop_column("businesses", name)
    op.add_column("businesses", sa.Column("retention", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
    for kind, (days, _, _) in KEPT.items():
        op.execute(
            f"UPDATE businesses SET retention = retention || jsonb_build_object('{kind}', keep_{kind}_days)"
            f" WHERE keep_{kind}_days <> {days}"
        )
    op.execute("RESET ROLE")
    for kind in KEPT:
        op.drop_column("businesses", f"keep_{kind}_days")
    op.alter_column("businesses", "retention", server_default=None)
