"""The catalogue: products with their SKUs, prices, stock, images and categories, imports, and the search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "products",
    "skus",
    "sku_prices",
    "stock_reservations",
    "stock_changes",
    "product_images",
    "categories",
    "product_categories",
    "product_imports",
    "product_import_rows",
)

# Letters and pairs of letters, with the business in each, so that an index on them finds parts of one business's names.
GRAMS = """
CREATE FUNCTION bursar_grams(business uuid, said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT right(business::text, 8) || substr(lower(said), n, size)), '{}')
  FROM generate_series(1, 2) AS size, generate_series(1, length(said) + 1 - size) AS n
$$
"""
_LOOK = """
  found := ARRAY(
    SELECT w.id FROM (
      SELECT p.id, p.created_at, p.name FROM products p
      WHERE p.business_id = here AND (wanted_status IS NULL OR p.status = wanted_status)
        AND (before_at IS NULL OR (p.created_at, p.id) {beyond} (before_at, before_id))
      ORDER BY p.created_at {way}, p.id {way} LIMIT 300
    ) w
    WHERE (position(wanted IN lower(w.name)) > 0 OR (
        SELECT true FROM skus k
        WHERE k.business_id = here AND k.product_id = w.id AND position(wanted IN lower(k.code)) > 0 LIMIT 1))
      AND (wanted_category IS NULL OR EXISTS (SELECT FROM product_categories c
        WHERE c.business_id = here AND c.product_id = w.id AND c.category_id = wanted_category))
    ORDER BY w.created_at {way}, w.id {way} LIMIT most);
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
        AND (before_at IS NULL OR (p.created_at, p.id) {beyond} (before_at, before_id))
      ORDER BY p.created_at {way}, p.id {way} LIMIT most);
  END IF;
"""
_NEWEST, _OLDEST = _LOOK.format(beyond="<", way="DESC"), _LOOK.format(beyond=">", way="ASC")
# A page of products whose name, or a code of whose SKUs, has a part: first among the newest (or oldest) few hundred,
# where common parts are found, then by pairs of letters, or by the letter if it is one. It runs as the finder, since
# the planner uses no index on functions under row-level security, and looks at one business alone.
FIND = f"""
CREATE FUNCTION bursar_find_products(
  part text, wanted_status text, wanted_category uuid, before_at timestamptz, before_id uuid, most int,
  oldest boolean DEFAULT false
) RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  here uuid := nullif(current_setting('bursar.business_id', true), '')::uuid;
  wanted text := lower(part);
  grams text[] := ARRAY(
    SELECT gram FROM unnest(bursar_grams(here, part)) AS gram WHERE length(gram) = 8 + least(length(wanted), 2));
  found uuid[];
BEGIN
  IF oldest THEN {_OLDEST} ELSE {_NEWEST} END IF;
  RETURN QUERY SELECT unnest(found);
END $$
"""
FINDER = "bursar_find_products(text, text, uuid, timestamptz, uuid, int, boolean)"


def upgrade() -> None:
    op.execute(GRAMS)
    _products()
    _skus()
    _sku_prices()
    _stock_reservations()
    _stock_changes()
    _product_images()
    _categories()
    _product_categories()
    _product_imports()
    _product_import_rows()
    for statement in (*guards.of(Base, *TABLES), FIND, *guards.owned_by_finder(FINDER)):
        op.execute(statement)


def _products() -> None:
    op.create_table(
        "products",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("delivery_kind", sa.Text(), nullable=False),
        sa.Column("delivery", postgresql.JSONB(), nullable=False),
        sa.Column("on_sale_at", sa.DateTime(timezone=True)),
        sa.Column("off_sale_at", sa.DateTime(timezone=True)),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("min_per_order", sa.Integer(), nullable=False),
        sa.Column("max_per_order", sa.Integer(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("max_per_buyer", sa.Integer()),
        sa.Column("max_per_period", sa.Integer()),
        sa.Column("period_days", sa.Integer()),
        sa.CheckConstraint("status IN ('draft', 'scheduled', 'on_sale', 'off_sale', 'archived')", name="status"),
        sa.CheckConstraint("status <> 'scheduled' OR on_sale_at IS NOT NULL", name="schedule"),
        sa.CheckConstraint("min_per_order BETWEEN 1 AND max_per_order", name="per_order"),
        sa.CheckConstraint("max_per_buyer >= 1", name="per_buyer"),
        sa.CheckConstraint(
            ("(max_per_period IS NULL) = (period_days IS NULL) AND max_per_period >= 1 AND period_days >= 1"),
            name="per_period",
        ),
        sa.Index("ix_products_created", "business_id", "created_at"),
        sa.Index("ix_products_status", "business_id", "status", "created_at", "id"),
        sa.Index(
            "ix_products_on_sale_at", "business_id", "on_sale_at", postgresql_where=sa.text("status = 'scheduled'")
        ),
        sa.Index(
            "ix_products_off_sale_at",
            "business_id",
            "off_sale_at",
            postgresql_where=sa.text("status = 'on_sale' AND off_sale_at IS NOT NULL"),
        ),
        sa.Index("ix_products_grams", sa.text("bursar_grams(business_id, name)"), postgresql_using="gin"),
    )


def _skus() -> None:
    op.create_table(
        "skus",
        *tenant_columns(),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("specification", postgresql.JSONB(), nullable=False),
        sa.Column("price_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant", postgresql.JSONB(), nullable=False),
        sa.Column("delivery_days", sa.Integer(), nullable=False),
        sa.Column("deliverable", postgresql.JSONB(), nullable=False),
        sa.Column("stock", sa.BigInteger()),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("restock", sa.Text(), nullable=False),
        sa.Column("low_stock", sa.BigInteger()),
        sa.Column("active", sa.Boolean(), nullable=False),
        tenant_key("products", "product_id"),
        sa.CheckConstraint("price_minor BETWEEN 0 AND 99999999999", name="price"),
        sa.CheckConstraint("stock IS NULL OR (stock >= 0 AND reserved >= 0 AND reserved <= stock)", name="stock"),
        sa.CheckConstraint("restock IN ('always', 'undelivered', 'never')", name="restock"),
        sa.CheckConstraint("low_stock >= 0", name="low_stock"),
        sa.Index("ix_skus_product", "business_id", "product_id"),
        sa.Index("ix_skus_watched", "business_id", "code", postgresql_where=sa.text("low_stock IS NOT NULL")),
        sa.Index("uq_skus_code", "business_id", "code", unique=True),
        sa.Index(
            "uq_skus_specification",
            "business_id",
            "product_id",
            "specification",
            unique=True,
            postgresql_where=sa.text("specification <> '{}'"),
        ),
        sa.Index("ix_skus_grams", sa.text("bursar_grams(business_id, code)"), postgresql_using="gin"),
    )


def _sku_prices() -> None:
    op.create_table(
        "sku_prices",
        *tenant_columns(),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("is_base", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("unit_minor BETWEEN 0 AND 99999999999", name="unit"),
        sa.CheckConstraint("from_quantity >= 1", name="quantity"),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="window"),
        sa.Index("ix_sku_prices_sku", "business_id", "sku_id", "starts_at"),
    )


def _stock_reservations() -> None:
    op.create_table(
        "stock_reservations",
        *tenant_columns(),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("finite", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("status IN ('reserved', 'confirmed', 'cancelled', 'restocked')", name="status"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.Index("uq_stock_reservations_line", "business_id", "order_id", "line_id", unique=True),
        sa.Index("ix_stock_reservations_sku", "business_id", "sku_id", postgresql_where=sa.text("status = 'reserved'")),
    )


def _stock_changes() -> None:
    op.create_table(
        "stock_changes",
        *tenant_columns(),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.BigInteger()),
        sa.Column("after", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID()),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("kind IN ('adjusted', 'edited', 'keys', 'restocked')", name="kind"),
        sa.CheckConstraint("before >= 0 AND after >= 0", name="stock"),
        sa.CheckConstraint("before IS DISTINCT FROM after", name="change"),
        sa.Index("ix_stock_changes_sku", "business_id", "sku_id", "created_at", "id"),
    )


def _product_images() -> None:
    op.create_table(
        "product_images",
        *tenant_columns(),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("widths", postgresql.JSONB(), nullable=False),
        tenant_key("products", "product_id"),
        sa.CheckConstraint("width > 0 AND height > 0", name="size"),
        sa.Index("ix_product_images_product", "business_id", "product_id", "position", "id"),
        sa.Index("uq_product_images_key", "business_id", "key", unique=True),
    )


def _categories() -> None:
    op.create_table(
        "categories",
        *tenant_columns(),
        sa.Column("parent_id", sa.UUID()),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        tenant_key("categories", "parent_id"),
        sa.CheckConstraint("depth BETWEEN 1 AND 4 AND (depth = 1) = (parent_id IS NULL)", name="depth"),
        sa.Index("uq_categories_code", "business_id", "code", unique=True),
    )


def _product_categories() -> None:
    op.create_table(
        "product_categories",
        *tenant_columns(),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("category_id", sa.UUID(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("product_created_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("products", "product_id"),
        tenant_key("categories", "category_id"),
        sa.Index("uq_product_categories_product", "business_id", "product_id", "category_id", unique=True),
        sa.Index("ix_product_categories_newest", "business_id", "category_id", "product_created_at", "product_id"),
    )


def _product_imports() -> None:
    op.create_table(
        "product_imports",
        *tenant_columns(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("checked_line", sa.Integer(), nullable=False),
        sa.Column("applied_line", sa.Integer(), nullable=False),
        sa.Column("to_create", sa.Integer(), nullable=False),
        sa.Column("to_change", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('checking', 'ready', 'applying', 'done', 'failed', 'discarded')", name="status"),
        sa.Index("ix_product_imports_created", "business_id", "created_at"),
        sa.Index("ix_product_imports_due", "status", postgresql_where=sa.text("status IN ('checking', 'applying')")),
    )


def _product_import_rows() -> None:
    op.create_table(
        "product_import_rows",
        *tenant_columns(),
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.Column("errors", postgresql.JSONB(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        tenant_key("product_imports", "import_id"),
        sa.CheckConstraint("kind IN ('create', 'change', 'refused')", name="kind"),
        sa.Index("uq_product_import_rows_line", "business_id", "import_id", "line", unique=True),
        sa.Index("ix_product_import_rows_kind", "business_id", "import_id", "kind", "line"),
    )


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {FINDER}")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION bursar_grams(uuid, text)")
