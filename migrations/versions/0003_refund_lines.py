"""Which lines of an order a refund gives back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Refunds from before belong to the lines of their sub-orders by amount; differences of running sums, each rounded
# down, add up to the whole.
_FILL = """
INSERT INTO refund_lines (business_id, id, created_at, transaction_id, line_id, amount_minor, currency)
SELECT business_id, gen_random_uuid(), created_at, transaction_id, line_id, part, currency FROM (
    SELECT t.business_id, t.created_at, t.id AS transaction_id, l.id AS line_id, d.currency,
           div(d.amount_minor * sum(l.amount_minor) OVER w, s.amount_minor)
             - div(d.amount_minor * (sum(l.amount_minor) OVER w - l.amount_minor), s.amount_minor) AS part
    FROM payment_transactions t
    JOIN payment_attempts c ON c.business_id = t.business_id AND c.id = t.charge_attempt_id AND c.applied
    JOIN transaction_details d ON d.business_id = t.business_id AND d.transaction_id = t.id
    JOIN sub_orders s ON s.business_id = d.business_id AND s.id = d.sub_order_id
    JOIN order_lines l ON l.business_id = s.business_id AND l.sub_order_id = s.id
    WHERE t.kind = 'refund' AND s.amount_minor > 0
    WINDOW w AS (PARTITION BY d.business_id, d.id ORDER BY l.position)) parts
WHERE part > 0
"""


def upgrade() -> None:
    op.create_table(
        "refund_lines",
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0 AND quantity > 0", name=op.f("ck_refund_lines_positive")),
        sa.ForeignKeyConstraint(
            ["business_id", "line_id"],
            ["order_lines.business_id", "order_lines.id"],
            name=op.f("fk_refund_lines_business_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "transaction_id"],
            ["payment_transactions.business_id", "payment_transactions.id"],
            name=op.f("fk_refund_lines_business_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_refund_lines")),
    )
    op.create_index("ix_refund_lines_line", "refund_lines", ["business_id", "line_id"])
    op.create_index("uq_refund_lines_line", "refund_lines", ["business_id", "transaction_id", "line_id"], unique=True)
    for statement in guards.tenant_table("refund_lines"):
        op.execute(statement)
    op.execute("SET LOCAL ROLE bursar_system")
    op.execute(_FILL)
    op.execute("RESET ROLE")


def downgrade() -> None:
    op.drop_table("refund_lines")
