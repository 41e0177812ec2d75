"""Invariants of promotions."""

from __future__ import annotations

from app.core.invariants import Check, replayed

CHECKS = (
    Check(
        "I42",
        "a limited promotion's counters are its uses",
        """
        SELECT p.business_id, p.id, p.uses, p.spent_minor, u.uses, u.spent FROM promotions p
        LEFT JOIN (SELECT business_id, promotion_id, count(*) AS uses, sum(spent_minor) AS spent FROM promotion_uses
                   WHERE NOT released GROUP BY 1, 2) u ON u.business_id = p.business_id AND u.promotion_id = p.id
        WHERE (p.budget_minor IS NOT NULL OR p.max_uses IS NOT NULL)
          AND (p.uses <> coalesce(u.uses, 0) OR p.spent_minor <> coalesce(u.spent, 0))
        """,
    ),
    replayed("promotion", "promotions", "draft", "I20-prm"),
)
