"""Invariants of stock."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.catalog.states import IMPORT, PRODUCT, RESERVATION

CHECKS = (
    Check(
        "I16",
        "a SKU's reserved quantity is the sum of its open reservations",
        """
        SELECT k.business_id, k.id, k.reserved, coalesce(h.held, 0) FROM skus k
        LEFT JOIN (SELECT business_id, sku_id, sum(quantity) AS held FROM stock_reservations
                   WHERE status = 'reserved' AND finite GROUP BY 1, 2) h
            ON h.business_id = k.business_id AND h.sku_id = k.id
        WHERE (k.stock IS NOT NULL AND k.reserved <> coalesce(h.held, 0)) OR (k.stock < 0) OR (k.reserved > k.stock)
        """,
    ),
    Check(
        "I64",
        "a SKU that can be bought has exactly one value for each option of its product",
        """
        SELECT k.business_id, k.id, k.specification FROM skus k
        JOIN products p ON p.business_id = k.business_id AND p.id = k.product_id
        WHERE k.active AND (
            (SELECT count(*) FROM jsonb_object_keys(k.specification)) <> jsonb_array_length(p.options)
            OR EXISTS (SELECT FROM jsonb_array_elements(p.options) o
                       WHERE NOT coalesce(o -> 'values' ? (k.specification ->> (o ->> 'name')), false)))
        """,
    ),
    Check(
        "I65",
        "a base price's history is unbroken up to the present price",
        """
        SELECT business_id, sku_id, ends_at FROM (
            SELECT w.business_id, w.sku_id, w.ends_at,
                   lead(w.starts_at, 1, k.price_since) OVER (PARTITION BY w.business_id, w.sku_id
                                                             ORDER BY w.starts_at, w.ends_at, w.id) AS next
            FROM sku_prices w JOIN skus k ON k.business_id = w.business_id AND k.id = w.sku_id WHERE w.is_base
        ) was WHERE ends_at IS DISTINCT FROM next
        """,
    ),
    Check(
        "I148",
        "a file of people is let go of once it was looked through",
        "SELECT business_id, id, key FROM product_imports"
        " WHERE kind <> 'products' AND status <> 'checking' AND key <> ''",
    ),
    Check(
        "I149",
        "of a row of such a file that was applied or refused nothing is kept but whom it is about",
        """
        SELECT r.business_id, r.id, r.line FROM product_import_rows r
        JOIN product_imports i ON i.business_id = r.business_id AND i.id = r.import_id
        WHERE i.kind <> 'products' AND r.cells <> '{}' AND (r.kind = 'refused' OR r.line <= i.applied_line)
        """,
    ),
    Check(
        "I159",
        "an import that is done applied every row that was not refused",
        """
        SELECT i.business_id, i.id, i.applied, count(r.id) FROM product_imports i
        LEFT JOIN product_import_rows r
            ON r.business_id = i.business_id AND r.import_id = i.id AND r.kind <> 'refused'
        WHERE i.status = 'done' GROUP BY i.business_id, i.id, i.applied HAVING i.applied <> count(r.id)
        """,
    ),
    replayed(RESERVATION, "I20-rsv"),
    replayed(PRODUCT, "I20-prd"),
    replayed(IMPORT, "I20-imp"),
)
