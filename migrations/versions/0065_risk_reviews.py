"""Rules hold payments for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_RESULTS, _BEFORE = "'allow', 'review', 'block'", "'allow', 'block'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _results(_RESULTS)
    op.create_table(
        "risk_reviews",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Text()),
        sa.Column("resolution", sa.Text()),
        tenant_key("orders", "order_id"),
        tenant_key("risk_decisions", "decision_id"),
        sa.CheckConstraint("status IN ('waiting', 'released', 'refused')", name="status"),
        sa.CheckConstraint(
            "(status = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_at IS NULL) = (resolution IS NULL)",
            name="decided",
        ),
        sa.Index("uq_risk_reviews_order", "business_id", "order_id", unique=True),
        sa.Index("ix_risk_reviews_created", "business_id", "created_at", "id"),
        sa.Index("ix_risk_reviews_decision", "business_id", "decision_id"),
    )
    for statement in guards.of(Base, "risk_reviews"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("risk_reviews")
    _results(_BEFORE)


def _results(known: str) -> None:
    for column in ("result", "shadow_result"):
        name = op.f(f"ck_risk_decisions_{column}")
        op.drop_constraint(name, "risk_decisions")
        op.create_check_constraint(name, "risk_decisions", f"{column} IN ({known})")
