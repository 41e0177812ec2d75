"""Invariants of promotions and coupons."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.marketing.states import COUPON, COUPON_TEMPLATE, PROMOTION

CHECKS = (
    Check(
        "I42",
        "a limited promotion's counters equal its uses",
        """
        SELECT p.business_id, p.id, p.uses, p.spent_minor, u.uses, u.spent FROM promotions p
        LEFT JOIN (SELECT business_id, promotion_id, count(*) AS uses, sum(spent_minor) AS spent FROM promotion_uses
                   WHERE NOT released GROUP BY 1, 2) u ON u.business_id = p.business_id AND u.promotion_id = p.id
        WHERE (p.budget_minor IS NOT NULL OR p.max_uses IS NOT NULL)
          AND (p.uses <> coalesce(u.uses, 0) OR p.spent_minor <> coalesce(u.spent, 0))
        """,
    ),
    replayed(PROMOTION, "I20-prm"),
    Check(
        "I60",
        "a limited coupon template's counters equal its uses",
        """
        SELECT t.business_id, t.id, t.uses, t.spent_minor, u.uses, u.spent FROM coupon_templates t
        LEFT JOIN (SELECT business_id, template_id, count(*) AS uses, sum(spent_minor) AS spent FROM coupon_uses
                   WHERE NOT released GROUP BY 1, 2) u ON u.business_id = t.business_id AND u.template_id = t.id
        WHERE (t.budget_minor IS NOT NULL OR t.max_uses IS NOT NULL)
          AND (t.uses <> coalesce(u.uses, 0) OR t.spent_minor <> coalesce(u.spent, 0))
        """,
    ),
    Check(
        "I60b",
        "no buyer used a coupon template more often than it allows, by account, email or device",
        """
        SELECT t.business_id, t.id, k.kind, k.value, count(*) FROM coupon_templates t
        JOIN coupon_uses u ON u.business_id = t.business_id AND u.template_id = t.id AND NOT u.released
        CROSS JOIN LATERAL (VALUES ('account', u.buyer_reference), ('email', u.email_key), ('device', u.device_key))
            AS k (kind, value)
        WHERE t.max_uses_per_buyer IS NOT NULL AND k.value IS NOT NULL AND t.identify_by ? k.kind
        GROUP BY t.business_id, t.id, k.kind, k.value, t.max_uses_per_buyer
        HAVING count(*) > t.max_uses_per_buyer
        """,
    ),
    Check(
        "I61",
        "a coupon is held or used by the one order that has its discount",
        """
        SELECT c.business_id, c.id, c.status, c.order_id, u.order_id, u.used FROM coupons c
        FULL JOIN (SELECT * FROM coupon_uses WHERE coupon_id IS NOT NULL AND NOT released) u
            ON u.business_id = c.business_id AND u.coupon_id = c.id
        WHERE (c.status IN ('reserved', 'used') OR u.id IS NOT NULL)
          AND (c.order_id, c.status) IS DISTINCT FROM (u.order_id, CASE WHEN u.used THEN 'used' ELSE 'reserved' END)
        """,
    ),
    Check(
        "I62",
        "a coupon template with a quota has issued what it counts, and no more",
        """
        SELECT t.business_id, t.id, t.issued, c.there, b.promised FROM coupon_templates t
        LEFT JOIN (SELECT business_id, template_id, count(*) AS there FROM coupons GROUP BY 1, 2) c
            ON c.business_id = t.business_id AND c.template_id = t.id
        LEFT JOIN (SELECT business_id, template_id, sum(requested_count - made) AS promised
                   FROM coupon_batches GROUP BY 1, 2) b
            ON b.business_id = t.business_id AND b.template_id = t.id
        WHERE t.max_issued IS NOT NULL
          AND (t.issued <> coalesce(c.there, 0) + coalesce(b.promised, 0) OR t.issued > t.max_issued)
        """,
    ),
    replayed(COUPON_TEMPLATE, "I20-cpt"),
    replayed(COUPON, "I20-cpn"),
)
