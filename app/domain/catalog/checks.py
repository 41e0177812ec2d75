"""Invariants of stock."""

from __future__ import annotations

from app.core.invariants import Check, replayed

CHECKS = (
    Check(
        "I16",
        "a SKU's reserved pieces are its held reservations",
        """
        SELECT k.business_id, k.id, k.reserved, coalesce(h.held, 0) FROM skus k
        LEFT JOIN (SELECT business_id, sku_id, sum(quantity) AS held FROM stock_reservations
                   WHERE status = 'held' AND finite GROUP BY 1, 2) h
            ON h.business_id = k.business_id AND h.sku_id = k.id
        WHERE (k.stock IS NOT NULL AND k.reserved <> coalesce(h.held, 0)) OR (k.stock < 0) OR (k.reserved > k.stock)
        """,
    ),
    replayed("stock_reservation", "stock_reservations", "held", "I20-rsv"),
    replayed("product", "products", "draft", "I20-prd"),
)
