"""Invariants of disputes."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.payments.disputes.states import DISPUTE

CHECKS = (
    Check(
        "I263",
        "the disputed money in the ledger is what the open disputes of each channel account hold",
        """
        SELECT business_id, owner, currency, l.minor AS posted, d.minor AS held FROM (
            SELECT e.business_id, a.owner, a.currency, sum(e.amount_minor) AS minor FROM ledger_entries e
            JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id AND a.kind = 'disputed'
            WHERE e.layer = 'posted' GROUP BY 1, 2, 3) l
        FULL JOIN (
            SELECT business_id, channel_account_id::text AS owner, currency, sum(held_minor) AS minor FROM disputes
            WHERE currency IS NOT NULL GROUP BY 1, 2, 3) d USING (business_id, owner, currency)
        WHERE coalesce(l.minor, 0) <> coalesce(d.minor, 0)
        """,
    ),
    Check(
        "I264",
        "the money of a dispute is booked once: what it lost, and the company’s fee",
        """
        SELECT d.business_id, d.id, d.status, d.lost_minor, d.fee_minor, p.lost, p.losses, p.fee FROM disputes d
        LEFT JOIN (
            SELECT j.business_id, j.subject_id,
                   sum(e.amount_minor) FILTER (WHERE a.kind = 'merchant_payable') AS lost,
                   count(*) FILTER (WHERE a.kind = 'merchant_payable') AS losses,
                   sum(e.amount_minor) FILTER (WHERE a.kind = 'channel_fees') AS fee
            FROM ledger_journals j
            JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id
            JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
            WHERE j.template LIKE 'dispute_%' GROUP BY 1, 2) p ON p.business_id = d.business_id AND p.subject_id = d.id
        WHERE coalesce(p.lost, 0) <> d.lost_minor OR coalesce(p.fee, 0) <> d.fee_minor OR coalesce(p.losses, 0) > 1
        """,
    ),
    Check(
        "I265",
        "the lines of a lost dispute come to no more than it lost, and only a lost one has any",
        """
        SELECT d.business_id, d.id, d.status, d.lost_minor, coalesce(sum(l.amount_minor), 0) AS lines FROM disputes d
        LEFT JOIN dispute_lines l ON l.business_id = d.business_id AND l.dispute_id = d.id
        GROUP BY 1, 2, 3, 4
        HAVING coalesce(sum(l.amount_minor), 0) > d.lost_minor
            OR (d.status NOT IN ('lost', 'partly_lost', 'accepted') AND count(l.id) > 0)
        """,
    ),
    replayed(DISPUTE, "I20-dsp"),
)
