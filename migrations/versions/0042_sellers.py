"""Sellers are rows of their own: products refer to one, order lines and details of movements name one.

The texts that products had become sellers. Lines from before get the seller that their product has now; what is known
of their discounts is kept where one promotion or coupon gave all of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import ids
from app.core.db import Base, guards
from app.core.db.models import tenant_columns

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_TABLES = ("products", "order_lines", "transaction_details")
_SELLERS_OF_LINES = """
UPDATE order_lines l SET seller_id = s.id, seller_name = s.name FROM products p
JOIN sellers s ON s.business_id = p.business_id AND s.id = p.seller_id
WHERE p.business_id = l.business_id AND p.id = l.product_id
"""
# Where all lines of a sub-order are one seller's, so are the details.
_SELLERS_OF_DETAILS = """
UPDATE transaction_details d SET seller_id = l.seller_id FROM (
    SELECT business_id, sub_order_id, (array_agg(seller_id))[1] AS seller_id FROM order_lines
    GROUP BY 1, 2 HAVING count(DISTINCT seller_id) = 1 AND count(*) = count(seller_id)
) l WHERE l.business_id = d.business_id AND l.sub_order_id = d.sub_order_id
"""
_DISCOUNTS = """
UPDATE order_lines l SET discounts = jsonb_build_array(jsonb_build_object(
    'source', coalesce(u.source, 'unknown'), 'discount_minor', l.discount_minor)
    || CASE WHEN u.rule_id IS NULL THEN '{}' ELSE jsonb_build_object('rule_id', u.rule_id) END
    || CASE WHEN u.coupon_id IS NULL THEN '{}' ELSE jsonb_build_object('coupon_id', u.coupon_id) END)
FROM orders o LEFT JOIN LATERAL (
    SELECT max(source) AS source, (array_agg(rule_id))[1] AS rule_id, (array_agg(coupon_id))[1] AS coupon_id FROM (
        SELECT 'promotion' AS source, p.promotion_id AS rule_id, NULL::uuid AS coupon_id FROM promotion_uses p
        WHERE p.business_id = o.business_id AND p.order_id = o.id
        UNION ALL
        SELECT 'coupon', c.template_id, c.coupon_id FROM coupon_uses c
        WHERE c.business_id = o.business_id AND c.order_id = o.id
    ) given HAVING count(*) = 1
) u ON true
WHERE o.business_id = l.business_id AND o.id = l.order_id AND l.discount_minor > 0
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "sellers",
        *tenant_columns(),
        sa.Column("reference", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'archived')", name="status"),
        sa.Index("uq_sellers_reference", "business_id", "reference", unique=True),
        sa.Index("ix_sellers_created", "business_id", "created_at", "id"),
        sa.Index("ix_sellers_name", "business_id", "name"),
    )
    for table in _TABLES:
        op.add_column(table, sa.Column("seller_id", sa.UUID()))
    op.add_column("order_lines", sa.Column("seller_name", sa.Text()))
    op.add_column("order_lines", sa.Column("discounts", postgresql.JSONB()))
    _take_over()
    for table in _TABLES:
        op.create_foreign_key(
            op.f(f"fk_{table}_business_id_seller_id"),
            table,
            "sellers",
            ["business_id", "seller_id"],
            ["business_id", "id"],
        )
    op.create_check_constraint(
        op.f("ck_order_lines_seller"), "order_lines", "(seller_id IS NULL) = (seller_name IS NULL)"
    )
    known = sa.text("seller_id IS NOT NULL")
    for table, more in zip(_TABLES, ((), ("order_id",), ("transaction_id",)), strict=True):
        columns = ["business_id", "seller_id", *more]
        op.create_index(f"ix_{table}_seller", table, columns, postgresql_where=known)
    op.drop_column("products", "seller")
    for statement in guards.of(Base, "sellers"):
        op.execute(statement)


def _take_over() -> None:
    """What products said of their sellers, as sellers, and what follows from it."""
    connection = op.get_bind()
    texts = "SELECT DISTINCT business_id, seller FROM products WHERE seller <> '' ORDER BY 1, 2"
    for business_id, name in connection.execute(sa.text(texts)).all():
        seller_id = ids.new_id()
        said = {"business": business_id, "name": name, "id": seller_id, "shown": ids.show("sel", seller_id)}
        for statement in (
            "INSERT INTO sellers (business_id, id, created_at, name, legal_name, status, version)"
            " VALUES (:business, :id, now(), :name, '', 'active', 1)",
            "INSERT INTO state_changes (business_id, id, created_at, machine, row_id, to_state, version, reason, actor)"
            " VALUES (:business, :id, now(), 'seller', :id, 'active', 1, 'named by a product', 'system')",
            "UPDATE products SET seller_id = :id WHERE business_id = :business AND seller = :name",
            "UPDATE sub_orders SET split_value = :shown"
            " WHERE business_id = :business AND split_by = 'seller' AND split_value = :name",
        ):
            connection.execute(sa.text(statement), said)
    for statement in (_SELLERS_OF_LINES, _SELLERS_OF_DETAILS, _DISCOUNTS):
        connection.execute(sa.text(statement))


def downgrade() -> None:
    op.add_column("products", sa.Column("seller", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE products p SET seller = s.name FROM sellers s"
        " WHERE s.business_id = p.business_id AND s.id = p.seller_id"
    )
    op.alter_column("products", "seller", server_default=None)
    op.drop_constraint(op.f("ck_order_lines_seller"), "order_lines")
    for table in _TABLES:
        op.drop_column(table, "seller_id")
    op.drop_column("order_lines", "seller_name")
    op.drop_column("order_lines", "discounts")
    op.drop_table("sellers")
