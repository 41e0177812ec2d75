"""Lists of products, coupons and webhook deliveries by state and type; the search for products also finds the oldest
first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import APP_ROLE, SYSTEM_ROLE

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_PAGE = ("created_at", "id")
_SIGNATURE = "text, text, uuid, timestamptz, uuid, int"
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
_HEAD = """
CREATE FUNCTION bursar_find_products(
  part text, wanted_status text, wanted_category uuid, before_at timestamptz, before_id uuid, most int{more}
) RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  here uuid := nullif(current_setting('bursar.business_id', true), '')::uuid;
  wanted text := lower(part);
  grams text[] := bursar_grams(here, part);
  found uuid[];
BEGIN
"""
_END = """
  RETURN QUERY SELECT unnest(found);
END $$
"""
# Who asks with the old names is answered as before.
EITHER = f"{_HEAD.format(more=', oldest boolean DEFAULT false')} IF oldest THEN {_OLDEST} ELSE {_NEWEST} END IF; {_END}"
NEWEST = f"{_HEAD.format(more='')} {_NEWEST} {_END}"


def upgrade() -> None:
    op.create_index("ix_products_status", "products", ["business_id", "status", *_PAGE])
    op.create_index("ix_coupons_status", "coupons", ["business_id", "status", *_PAGE])
    op.create_index("ix_webhook_deliveries_topic", "webhook_deliveries", ["business_id", "topic", *_PAGE])
    op.create_index(
        "ix_webhook_deliveries_undelivered",
        "webhook_deliveries",
        ["business_id", "status", *_PAGE],
        postgresql_where=sa.text("status <> 'delivered'"),
    )
    _make(EITHER, was=_SIGNATURE, now=f"{_SIGNATURE}, boolean")


def _make(function: str, *, was: str, now: str) -> None:
    for statement in (
        f"DROP FUNCTION bursar_find_products({was})",
        function,
        f"GRANT CREATE ON SCHEMA public TO {SYSTEM_ROLE}",
        f"ALTER FUNCTION bursar_find_products({now}) OWNER TO {SYSTEM_ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM_ROLE}",
        f"REVOKE EXECUTE ON FUNCTION bursar_find_products({now}) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION bursar_find_products({now}) TO {APP_ROLE}",
    ):
        op.execute(statement)


def downgrade() -> None:
    _make(NEWEST, was=f"{_SIGNATURE}, boolean", now=_SIGNATURE)
    op.drop_index("ix_webhook_deliveries_undelivered", "webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_topic", "webhook_deliveries")
    op.drop_index("ix_coupons_status", "coupons")
    op.drop_index("ix_products_status", "products")
