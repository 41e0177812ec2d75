"""Invariants of buyers."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.buyers.states import BUYER

# What came while a buyer was being merged is moved by a job, within this time.
FOLLOWED = "interval '15 minutes'"

CHECKS = (
    Check(
        "I180",
        "a merged buyer leads in one step to whom they were merged into, who was not merged",
        """
        SELECT m.business_id, m.id, m.merged_into_id, b.status FROM buyers m
        LEFT JOIN buyers b ON b.business_id = m.business_id AND b.id = m.merged_into_id
        WHERE m.merged_into_id IS NOT NULL AND (b.id IS NULL OR b.status = 'merged' OR b.id = m.id)
        """,
    ),
    Check(
        "I181",
        "a merged buyer owns nothing: orders, coupons, memberships, points and downloads are the other one's",
        f"""
        WITH merged AS (SELECT business_id, id, reference FROM buyers
                        WHERE status = 'merged' AND ended_at < CAST(:now AS timestamptz) - {FOLLOWED})
        SELECT m.business_id, m.id, 'orders' FROM merged m JOIN orders o USING (business_id)
        WHERE o.buyer_reference = m.reference
        UNION ALL
        SELECT m.business_id, m.id, 'coupons' FROM merged m JOIN coupons c USING (business_id)
        WHERE c.buyer_reference = m.reference
        UNION ALL
        SELECT m.business_id, m.id, 'entitlements' FROM merged m JOIN entitlements e USING (business_id)
        WHERE e.buyer_reference = m.reference
        UNION ALL
        SELECT m.business_id, m.id, 'points' FROM merged m JOIN points_accounts p USING (business_id)
        WHERE p.buyer_reference = m.reference AND (p.balance <> 0 OR p.owed <> 0)
        UNION ALL
        SELECT m.business_id, m.id, 'downloads' FROM merged m JOIN download_rights d USING (business_id)
        WHERE d.buyer_reference = m.reference
        """,
    ),
    Check(
        "I182",
        "a merged buyer has no money, and owes none",
        f"""
        SELECT m.business_id, m.id, a.currency, sum(e.amount_minor) FROM buyers m
        JOIN ledger_accounts a ON a.business_id = m.business_id AND a.owner = m.reference
            AND a.kind IN ('wallet', 'owed_by_buyer')
        JOIN ledger_entries e ON e.business_id = a.business_id AND e.account_id = a.id
        WHERE m.status = 'merged' AND m.ended_at < CAST(:now AS timestamptz) - {FOLLOWED}
        GROUP BY m.business_id, m.id, a.kind, a.currency HAVING sum(e.amount_minor) <> 0
        """,
    ),
    Check(
        "I183",
        "of an erased buyer nothing is left but a pseudonym",
        """
        SELECT business_id, id FROM buyers WHERE status = 'erased'
          AND (name IS NOT NULL OR phone IS NOT NULL OR email IS NOT NULL OR groups <> '[]' OR attributes <> '{}'
               OR addresses <> '[]')
        """,
    ),
    replayed(BUYER, "I20-byr"),
)
