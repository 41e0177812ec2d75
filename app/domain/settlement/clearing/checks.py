"""Invariants of clearing."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.settlement.clearing.states import SPLIT_RULE_VERSION

CHECKS = (
    Check(
        "I230",
        "the parts of a cleared line sum to what was paid for it, and a line of a cleared order is never left out",
        """
        SELECT l.business_id, l.id, l.amount_minor, sum(e.amount_minor) AS cleared FROM order_lines l
        JOIN (SELECT DISTINCT business_id, order_id FROM clearing_entries) o
            ON o.business_id = l.business_id AND o.order_id = l.order_id
        LEFT JOIN clearing_entries e ON e.business_id = l.business_id AND e.line_id = l.id AND e.kind = 'share'
        GROUP BY 1, 2, 3
        HAVING coalesce(sum(e.amount_minor), -1) <> l.amount_minor OR count(DISTINCT e.cause_id) > 1
            OR bool_or(e.cause_id <> l.order_id OR e.order_id <> l.order_id OR e.currency <> l.currency)
        """,
    ),
    Check(
        "I231",
        "what refunds and lost disputes take back of a cleared line's parties went back of the line, each once",
        """
        SELECT business_id, line_id, cause_id, back.minor AS refunded, taken.minor AS taken FROM (
            SELECT r.business_id, r.line_id, r.transaction_id AS cause_id, sum(r.amount_minor) AS minor
            FROM refund_lines r
            JOIN payment_transactions t ON t.business_id = r.business_id AND t.id = r.transaction_id
                AND t.status = 'succeeded'
            GROUP BY 1, 2, 3
            UNION ALL
            SELECT business_id, line_id, dispute_id, amount_minor FROM dispute_lines) back
        FULL JOIN (
            SELECT business_id, line_id, cause_id, -sum(amount_minor) AS minor FROM clearing_entries
            WHERE kind = 'share_reversed' GROUP BY 1, 2, 3) taken USING (business_id, line_id, cause_id)
        WHERE taken.minor IS NOT NULL AND taken.minor IS DISTINCT FROM back.minor
        """,
    ),
    Check(
        "I232",
        "no more is taken back of a partner's share or fee than there was, and what one bears another gets",
        """
        SELECT business_id, line_id, party, sum(amount_minor), NULL::uuid AS cause_id FROM clearing_entries
        WHERE kind IN ('share', 'share_reversed') AND partner_id IS NOT NULL
        GROUP BY 1, 2, 3 HAVING sum(amount_minor) < 0
        UNION ALL
        SELECT business_id, line_id, party, sum(amount_minor), NULL FROM clearing_entries
        WHERE kind IN ('fee', 'fee_reversed') AND partner_id IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(amount_minor) > 0
        UNION ALL
        SELECT business_id, line_id, kind, sum(amount_minor), cause_id FROM clearing_entries
        WHERE kind IN ('fee', 'fee_reversed') GROUP BY 1, 2, 3, 5 HAVING sum(amount_minor) <> 0
        """,
    ),
    Check(
        "I233",
        "what clearing wrote for partners is in the ledger: each cause in one posting, by partner",
        """
        SELECT business_id, cause_id, owner, currency, e.minor AS cleared, j.minor AS posted FROM (
            SELECT business_id, cause_id, party AS owner, currency, sum(amount_minor) AS minor FROM clearing_entries
            WHERE partner_id IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING sum(amount_minor) <> 0) e
        FULL JOIN (
            SELECT j.business_id, j.subject_id AS cause_id, a.owner, a.currency, -sum(l.amount_minor) AS minor
            FROM ledger_journals j
            JOIN ledger_entries l ON l.business_id = j.business_id AND l.journal_id = j.id AND l.layer = 'posted'
            JOIN ledger_accounts a ON a.business_id = l.business_id AND a.id = l.account_id
                AND a.kind IN ('partner', 'platform_revenue')
            WHERE j.template = 'clearing' GROUP BY 1, 2, 3, 4) j USING (business_id, cause_id, owner, currency)
        WHERE e.minor IS DISTINCT FROM j.minor
        """,
    ),
    Check(
        "I234",
        "a line is cleared by the rule version that counted when its order was placed",
        """
        SELECT e.business_id, e.id, e.rule_version_id, o.created_at, v.starts_at, v.ends_at FROM clearing_entries e
        JOIN orders o ON o.business_id = e.business_id AND o.id = e.order_id
        JOIN split_rule_versions v ON v.business_id = e.business_id AND v.id = e.rule_version_id
        WHERE v.starts_at IS NULL OR o.created_at < v.starts_at OR o.created_at >= v.ends_at
        """,
    ),
    Check(
        "I235",
        "versions of a rule in force do not overlap, and somebody approved each",
        """
        SELECT v.business_id, v.rule_id, v.number, w.number AS other FROM split_rule_versions v
        LEFT JOIN split_rule_versions w ON w.business_id = v.business_id AND w.rule_id = v.rule_id AND w.id > v.id
            AND w.starts_at < coalesce(v.ends_at, 'infinity') AND v.starts_at < coalesce(w.ends_at, 'infinity')
        LEFT JOIN approvals a ON a.business_id = v.business_id AND a.id = v.approval_id
        WHERE v.starts_at IS NOT NULL
          AND (w.id IS NOT NULL OR a.kind IS DISTINCT FROM 'split_rule' OR a.status NOT IN ('approved', 'done'))
        """,
    ),
    Check(
        "I246",
        "what refunds took back of a partner is its original share of all that went back of the line, rounded once",
        """
        SELECT business_id, line_id, party, share, taken, whole, gone FROM (
            SELECT business_id, line_id, party, share, taken, sum(share) OVER line AS whole,
                sum(taken) OVER line AS gone, count(*) OVER line AS parties
            FROM (
                SELECT business_id, line_id, party,
                    coalesce(sum(amount_minor) FILTER (WHERE kind = 'share'), 0) AS share,
                    coalesce(-sum(amount_minor) FILTER (WHERE kind = 'share_reversed'), 0) AS taken
                FROM clearing_entries WHERE kind IN ('share', 'share_reversed') GROUP BY 1, 2, 3) p
            WINDOW line AS (PARTITION BY business_id, line_id)) o
        WHERE party <> 'business' AND gone > 0
          AND (taken * whole - share * gone >= whole OR taken * whole - share * gone <= -whole * (parties - 1))
        """,
    ),
    replayed(SPLIT_RULE_VERSION, "I20-spv"),
)
