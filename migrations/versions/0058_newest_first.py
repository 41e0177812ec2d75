"""Lists of promotions and of a SKU's licence keys, newest first, page by key."""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_PAGE = ("created_at", "id")


def upgrade() -> None:
    op.create_index("ix_promotions_created", "promotions", ["business_id", *_PAGE])
    op.create_index("ix_licence_keys_created", "licence_keys", ["business_id", "sku_id", *_PAGE])


def downgrade() -> None:
    op.drop_index("ix_licence_keys_created", "licence_keys")
    op.drop_index("ix_promotions_created", "promotions")
