"""Invariants of campaigns."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.marketing.campaigns.states import CAMPAIGN

CHECKS = (
    Check(
        "I204",
        "a campaign has counted what it decided",
        """
        SELECT c.business_id, c.id, c.issued, c.held_out, c.refused, e.issued, e.held_out, e.refused FROM campaigns c
        LEFT JOIN (SELECT business_id, campaign_id, count(*) FILTER (WHERE outcome = 'issued') AS issued,
                          count(*) FILTER (WHERE outcome = 'held_out') AS held_out,
                          count(*) FILTER (WHERE outcome = 'refused') AS refused
                   FROM campaign_entries GROUP BY 1, 2) e ON e.business_id = c.business_id AND e.campaign_id = c.id
        WHERE (c.issued, c.held_out, c.refused)
            <> (coalesce(e.issued, 0), coalesce(e.held_out, 0), coalesce(e.refused, 0))
        """,
    ),
    Check(
        "I205",
        "a campaign's coupon is of its template, and was issued by a campaign",
        """
        SELECT e.business_id, e.id, e.coupon_id FROM campaign_entries e
        JOIN campaigns c ON c.business_id = e.business_id AND c.id = e.campaign_id
        JOIN coupons k ON k.business_id = e.business_id AND k.id = e.coupon_id
        WHERE k.template_id <> c.template_id OR k.source <> 'campaign'
        """,
    ),
    Check(
        "I206",
        "a campaign that reaches everybody once gave no mailbox two coupons",
        """
        SELECT e.business_id, e.campaign_id, e.email_key, count(*) FROM campaign_entries e
        JOIN campaigns c ON c.business_id = e.business_id AND c.id = e.campaign_id
        WHERE e.outcome = 'issued' AND e.email_key IS NOT NULL
            AND c.trigger IN ('sign_up', 'first_visit', 'nth_order', 'channel', 'segment', 'file')
        GROUP BY 1, 2, 3 HAVING count(*) > 1
        """,
    ),
    replayed(CAMPAIGN, "I20-cmp"),
)
