"""What contracts count a month and how that moved; when a cycle was first refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

# What runs now begins as new on the day it was signed. What had ended before is not told again.
_COUNT = """
UPDATE contracts c SET mrr_minor = round(
    c.unit_minor::numeric * c.quantity * CASE p.interval_unit WHEN 'day' THEN 365 WHEN 'week' THEN 52
        WHEN 'month' THEN 12 WHEN 'quarter' THEN 4 ELSE 1 END / (12 * p.interval_count))
FROM plans p
WHERE p.business_id = c.business_id AND p.id = c.plan_id AND (c.status = 'active' OR (c.status = 'past_due' AND EXISTS (
    SELECT FROM contract_cycles y WHERE y.business_id = c.business_id AND y.contract_id = c.id
    AND y.number > 0 AND y.status IN ('paid', 'refunded'))))
"""
_MOVE = """
INSERT INTO mrr_movements (id, business_id, created_at, contract_id, kind, amount_minor, currency, occurred_at)
SELECT gen_random_uuid(), business_id, created_at, id, 'new', mrr_minor, currency, coalesce(started_at, created_at)
FROM contracts WHERE mrr_minor > 0
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("contracts", sa.Column("mrr_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_check_constraint("mrr", "contracts", "mrr_minor >= 0")
    op.create_index(
        "ix_contracts_mrr",
        "contracts",
        ["business_id", "currency", "created_at", "id"],
        postgresql_where=sa.text("mrr_minor > 0"),
    )
    op.add_column("contract_cycles", sa.Column("refused_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_contract_cycles_refused",
        "contract_cycles",
        ["business_id", "refused_at", "id"],
        postgresql_where=sa.text("refused_at IS NOT NULL"),
    )
    op.create_index(
        "ix_contract_cycles_trials",
        "contract_cycles",
        ["business_id", "ends_at", "id"],
        postgresql_where=sa.text("number = 0"),
    )
    op.create_table(
        "mrr_movements",
        *tenant_columns(),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("contracts", "contract_id"),
        sa.CheckConstraint("kind IN ('new', 'expansion', 'contraction', 'churn', 'reactivation')", name="kind"),
        sa.CheckConstraint(
            "amount_minor <> 0 AND (amount_minor > 0) = (kind IN ('new', 'expansion', 'reactivation'))", name="amount"
        ),
        sa.Index(
            "uq_mrr_movements_new", "business_id", "contract_id", unique=True, postgresql_where=sa.text("kind = 'new'")
        ),
        sa.Index("ix_mrr_movements_contract", "business_id", "contract_id", "occurred_at"),
        sa.Index("ix_mrr_movements_occurred", "business_id", "occurred_at", "id"),
    )
    op.execute(_COUNT)
    op.execute(_MOVE)
    for statement in guards.of(Base, "mrr_movements"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("mrr_movements")
    op.drop_index("ix_contract_cycles_trials", "contract_cycles")
    op.drop_index("ix_contract_cycles_refused", "contract_cycles")
    op.drop_column("contract_cycles", "refused_at")
    op.drop_index("ix_contracts_mrr", "contracts")
    op.drop_column("contracts", "mrr_minor")
