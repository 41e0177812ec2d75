"""Invariants of settlements: what they post, and what is left of it at the company and in the bank."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.ledger.rules import JOURNALS
from app.domain.ledger.settlements.states import SETTLEMENT

_ALLOWED = " OR ".join(
    f"(j.template = '{name}' AND a.kind IN ({', '.join(repr(kind) for kind in kinds)}))"
    for name, kinds in JOURNALS.items()
)
_TEMPLATES = ", ".join(repr(name) for name in JOURNALS)
_POSTED = "status IN ('confirmed', 'reversed')"
# Fees that daily bills booked are not booked by a settlement again.
_FEE = "CASE WHEN fee_source = 'bills' THEN 0 ELSE fee_minor END"
_ADJUSTED = """
SELECT d.business_id, l.owner, l.currency, l.amount_minor FROM adjustments d,
    jsonb_to_recordset(d.lines) AS l (kind text, owner text, currency text, amount_minor bigint)
WHERE d.status IN ('posted', 'reversed') AND l.kind =
"""
_BALANCES = """
SELECT a.business_id, a.owner, a.currency, sum(e.amount_minor) AS minor FROM ledger_accounts a
JOIN ledger_entries e ON e.business_id = a.business_id AND e.account_id = a.id AND e.layer = 'posted'
"""
# What came in through a channel account (+) or went out (-): attempts that succeeded, payouts that came back, and money
# on the bank account that fits nothing and is not sent back yet.
_MOVED = """
SELECT business_id, channel_account_id, currency,
       CASE WHEN kind IN ('charge', 'deduction', 'top_up') THEN amount_minor ELSE -amount_minor END AS minor
FROM payment_attempts WHERE status = 'succeeded' AND channel <> 'wallet'
UNION ALL
SELECT t.business_id, a.channel_account_id, a.currency, a.amount_minor FROM payment_transactions t
JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id AND a.status = 'succeeded'
WHERE t.status = 'returned'
UNION ALL
SELECT business_id, channel_account_id, currency, amount_minor FROM bank_transfers
WHERE status IN ('returning', 'sent_back')
"""
CHECKS = (
    Check(
        "I135",
        "a posting of many legs sums to zero in each currency, on accounts that it may touch",
        f"""
        SELECT j.business_id, j.id, j.template, e.currency, sum(e.amount_minor) FROM ledger_journals j
        LEFT JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id
        LEFT JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
        WHERE j.template IN ({_TEMPLATES}) GROUP BY 1, 2, 3, 4
        HAVING count(e.id) < 2 OR sum(e.amount_minor) <> 0 OR NOT bool_and({_ALLOWED}) OR bool_or(e.layer = 'pending')
        """,
    ),
    Check(
        "I136",
        "a channel's clearing account is what payments brought, less settlements, fees and disputes, as adjusted",
        f"""
        SELECT business_id, owner, currency, b.minor AS booked, m.minor AS due FROM (
            {_BALANCES} WHERE a.kind = 'channel_clearing' GROUP BY 1, 2, 3) b
        FULL JOIN (
            SELECT business_id, owner, currency, sum(minor) AS minor FROM (
                SELECT business_id, CAST(channel_account_id AS text) AS owner, currency, minor FROM ({_MOVED}) paid
                UNION ALL SELECT business_id, CAST(channel_account_id AS text), currency, -net_minor - {_FEE}
                FROM settlements WHERE {_POSTED}
                UNION ALL SELECT business_id, CAST(channel_account_id AS text), currency, -fee_minor
                FROM channel_bill_fees
                UNION ALL SELECT business_id, CAST(channel_account_id AS text), currency,
                    -(held_minor + lost_minor + fee_minor) FROM disputes WHERE currency IS NOT NULL
                UNION ALL {_ADJUSTED} 'channel_clearing') moved
            GROUP BY 1, 2, 3) m USING (business_id, owner, currency)
        WHERE coalesce(b.minor, 0) <> coalesce(m.minor, 0)
        """,
    ),
    Check(
        "I137",
        "a bank account holds what was settled to it, as adjusted",
        f"""
        SELECT business_id, owner, currency, b.minor AS booked, s.minor AS settled FROM (
            {_BALANCES} WHERE a.kind = 'bank' GROUP BY 1, 2, 3) b
        FULL JOIN (
            SELECT business_id, owner, currency, sum(minor) AS minor FROM (
                SELECT business_id, CAST(bank_account_id AS text) AS owner, currency, net_minor AS minor
                FROM settlements WHERE {_POSTED}
                UNION ALL {_ADJUSTED} 'bank') moved
            GROUP BY 1, 2, 3) s USING (business_id, owner, currency)
        WHERE coalesce(b.minor, 0) <> coalesce(s.minor, 0)
        """,
    ),
    Check(
        "I138",
        "a settlement is posted once a second person confirmed it, with its own amounts",
        f"""
        SELECT s.business_id, s.id, s.status, j.template FROM settlements s
        LEFT JOIN ledger_journals j ON j.business_id = s.business_id AND j.id = s.journal_id
        LEFT JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id
        LEFT JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
        WHERE s.{_POSTED} GROUP BY s.business_id, s.id, j.template, j.subject_id
        HAVING j.template IS DISTINCT FROM 'settlement' OR j.subject_id <> s.id OR s.decided_by = s.recorded_by
            OR coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'bank'), 0) <> s.net_minor
            OR coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'channel_fees'), 0) <> {_FEE}
        """,
    ),
    replayed(SETTLEMENT, "I20-stl"),
)
