"""Categories, and finding products by a part of their name or of a SKU's code.

Row-level security lets an operator use an index before the policy was checked only when it is trusted to tell nothing
about rows it rejects; neither LIKE nor arrays nor text search are (an attempt read all of 100,000 products, 130 ms).
So the search is a function of the role that sees every business, which names the open transaction's business itself.
Its index holds pairs of letters, beside the end of the business's id: that finds a part of a word in any script, and
needs no extension. What is found everywhere is found soonest by looking at the newest products, so that is done first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import APP_ROLE, SYSTEM_ROLE, guards

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

GRAMS = """
CREATE FUNCTION bursar_grams(business uuid, said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT right(business::text, 8) || substr(lower(said), n, 2)), '{}')
  FROM generate_series(1, greatest(length(said) - 1, 0)) AS n
$$
"""
FIND = """
CREATE FUNCTION bursar_find_products(
  part text, wanted_status text, wanted_category uuid, before_at timestamptz, before_id uuid, most int
) RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  here uuid := nullif(current_setting('bursar.business_id', true), '')::uuid;
  wanted text := lower(part);
  grams text[] := bursar_grams(here, part);
  found uuid[];
BEGIN
  found := ARRAY(
    SELECT w.id FROM (
      SELECT p.id, p.created_at, p.name FROM products p
      WHERE p.business_id = here AND (wanted_status IS NULL OR p.status = wanted_status)
        AND (before_at IS NULL OR (p.created_at, p.id) < (before_at, before_id))
      ORDER BY p.created_at DESC, p.id DESC LIMIT 300
    ) w
    WHERE (position(wanted IN lower(w.name)) > 0 OR (
        SELECT true FROM skus k
        WHERE k.business_id = here AND k.product_id = w.id AND position(wanted IN lower(k.code)) > 0 LIMIT 1))
      AND (wanted_category IS NULL OR EXISTS (SELECT FROM product_categories c
        WHERE c.business_id = here AND c.product_id = w.id AND c.category_id = wanted_category))
    ORDER BY w.created_at DESC, w.id DESC LIMIT most);
  IF cardinality(found) < most THEN
    found := ARRAY(
      SELECT p.id FROM products p
      WHERE p.business_id = here AND p.id IN (
          SELECT n.id FROM products n WHERE n.business_id = here AND bursar_grams(n.business_id, n.name) @> grams
            AND position(wanted IN lower(n.name)) > 0
          UNION
          SELECT k.product_id FROM skus k WHERE k.business_id = here AND bursar_grams(k.business_id, k.code) @> grams
            AND position(wanted IN lower(k.code)) > 0)
        AND (wanted_status IS NULL OR p.status = wanted_status)
        AND (wanted_category IS NULL OR EXISTS (SELECT FROM product_categories c
          WHERE c.business_id = here AND c.product_id = p.id AND c.category_id = wanted_category))
        AND (before_at IS NULL OR (p.created_at, p.id) < (before_at, before_id))
      ORDER BY p.created_at DESC, p.id DESC LIMIT most);
  END IF;
  RETURN QUERY SELECT unnest(found);
END $$
"""
OWNED = (
    f"GRANT CREATE ON SCHEMA public TO {SYSTEM_ROLE}",
    f"ALTER FUNCTION bursar_find_products OWNER TO {SYSTEM_ROLE}",
    f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM_ROLE}",
    "REVOKE EXECUTE ON FUNCTION bursar_find_products FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION bursar_find_products TO {APP_ROLE}",
)


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("parent_id", sa.UUID(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_key(),
        sa.CheckConstraint(
            "depth BETWEEN 1 AND 4 AND (depth = 1) = (parent_id IS NULL)", name=op.f("ck_categories_depth")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "parent_id"],
            ["categories.business_id", "categories.id"],
            name=op.f("fk_categories_business_id_parent_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_categories")),
    )
    op.create_index("uq_categories_code", "categories", ["business_id", "code"], unique=True)
    op.create_table(
        "product_categories",
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("category_id", sa.UUID(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("product_created_at", sa.DateTime(timezone=True), nullable=False),
        *_key(),
        *(_points_to(table, column) for table, column in (("products", "product_id"), ("categories", "category_id"))),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_product_categories")),
    )
    op.create_index(
        "uq_product_categories_product", "product_categories", ["business_id", "product_id", "category_id"], unique=True
    )
    newest = ["business_id", "category_id", "product_created_at", "product_id"]
    op.create_index("ix_product_categories_newest", "product_categories", newest)
    for name in ("categories", "product_categories"):
        for statement in guards.tenant_table(name, prunable=True):
            op.execute(statement)
    _make_search()


def _make_search() -> None:
    op.execute(GRAMS)
    for table, column in (("products", "name"), ("skus", "code")):
        op.execute(f"CREATE INDEX ix_{table}_grams ON {table} USING gin (bursar_grams(business_id, {column}))")
    for statement in (FIND, *OWNED):
        op.execute(statement)


def _points_to(table: str, column: str) -> sa.ForeignKeyConstraint:
    here, there = ["business_id", column], [f"{table}.business_id", f"{table}.id"]
    return sa.ForeignKeyConstraint(here, there, name=op.f(f"fk_product_categories_business_id_{column}"))


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION bursar_find_products")
    op.drop_index("ix_skus_grams", "skus")
    op.drop_index("ix_products_grams", "products")
    op.execute("DROP FUNCTION bursar_grams")
    op.drop_table("product_categories")
    op.drop_table("categories")
