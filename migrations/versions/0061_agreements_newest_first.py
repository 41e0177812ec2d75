"""Lists of agreements and of their versions, newest first, page by key."""

from __future__ import annotations

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_PAGE = ("created_at", "id")


def upgrade() -> None:
    op.create_index("ix_agreement_templates_created", "agreement_templates", ["business_id", *_PAGE])
    op.create_index("ix_agreements_created", "agreements", ["business_id", "template_id", *_PAGE])


def downgrade() -> None:
    op.drop_index("ix_agreements_created", "agreements")
    op.drop_index("ix_agreement_templates_created", "agreement_templates")
