"""Invariants of the ledger."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.ledger.adjustments.checks import CHECKS as ADJUSTMENTS
from app.domain.ledger.settlements.checks import CHECKS as SETTLEMENTS
from app.domain.ledger.states import HOLD

CHECKS = (
    Check(
        "I1",
        "all entries sum to zero in each currency and layer",
        "SELECT business_id, currency, layer, sum(amount_minor) FROM ledger_entries"
        " GROUP BY 1, 2, 3 HAVING sum(amount_minor) <> 0",
    ),
    Check(
        "I2",
        "every journal has at least two entries, which sum to zero",
        "SELECT j.business_id, j.id, e.currency, e.layer, sum(e.amount_minor)"
        " FROM ledger_journals j LEFT JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id"
        " GROUP BY 1, 2, 3, 4 HAVING count(e.id) < 2 OR sum(e.amount_minor) <> 0",
    ),
    Check(
        "I3",
        "an account's held amount is what its unresolved journals hold",
        """
        SELECT f.business_id, f.account_id, f.held, coalesce(o.held, 0) AS unresolved FROM (
            SELECT business_id, account_id, sum(amount_minor) AS held FROM ledger_entries
            WHERE layer = 'pending' GROUP BY 1, 2) f
        LEFT JOIN (
            SELECT e.business_id, e.account_id, sum(e.amount_minor) AS held FROM ledger_entries e
            JOIN ledger_journals j ON j.business_id = e.business_id AND j.id = e.journal_id AND j.state = 'pending'
            WHERE NOT EXISTS (SELECT 1 FROM ledger_journals r
                              WHERE r.business_id = j.business_id AND r.pending_id = j.id)
            GROUP BY 1, 2) o ON o.business_id = f.business_id AND o.account_id = f.account_id
        WHERE f.held <> coalesce(o.held, 0)
        """,
    ),
    Check(
        "I66",
        "a balance snapshot is the sum of the account's entries up to it",
        """
        SELECT s.business_id, s.account_id, s.entry_id, s.posted_minor, l.posted, s.held_minor, l.held
        FROM ledger_snapshots s LEFT JOIN (
            SELECT e.business_id, e.account_id, e.id, row_number() OVER up_to AS number,
                   coalesce(sum(e.amount_minor) FILTER (WHERE e.layer = 'posted') OVER up_to, 0) AS posted,
                   coalesce(sum(e.amount_minor) FILTER (WHERE e.layer = 'pending'
                       AND (e.amount_minor > 0) = (j.state = 'pending')) OVER up_to, 0) AS held,
                   max(j.created_at) OVER up_to AS latest_at
            FROM ledger_entries e
            JOIN ledger_journals j ON j.business_id = e.business_id AND j.id = e.journal_id
            WHERE (e.business_id, e.account_id) IN (SELECT business_id, account_id FROM ledger_snapshots)
            WINDOW up_to AS (PARTITION BY e.business_id, e.account_id ORDER BY e.id)) l
        ON l.business_id = s.business_id AND l.account_id = s.account_id AND l.id = s.entry_id
        WHERE s.number IS DISTINCT FROM l.number OR s.posted_minor IS DISTINCT FROM l.posted
           OR s.held_minor IS DISTINCT FROM l.held OR s.latest_at IS DISTINCT FROM l.latest_at
        """,
    ),
    Check(
        "I4",
        "unexpected money on its way back never exceeds what arrived",
        "SELECT e.business_id, a.currency, sum(e.amount_minor) FROM ledger_entries e"
        " JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id AND a.kind = 'unapplied'"
        " WHERE e.layer = 'posted' GROUP BY 1, 2 HAVING sum(e.amount_minor) > 0",
    ),
    Check(
        "I5",
        "no wallet has a negative available balance (total less held)",
        """
        SELECT e.business_id, e.account_id, -sum(e.amount_minor) FILTER (WHERE e.layer = 'posted') AS total
        FROM ledger_entries e
        JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id AND a.kind = 'wallet'
        JOIN ledger_journals j ON j.business_id = e.business_id AND j.id = e.journal_id
        GROUP BY 1, 2
        HAVING coalesce(-sum(e.amount_minor) FILTER (WHERE e.layer = 'posted'), 0)
            < coalesce(sum(e.amount_minor) FILTER (WHERE e.amount_minor > 0 AND j.state = 'pending'
                AND NOT EXISTS (SELECT 1 FROM ledger_journals r
                                WHERE r.business_id = j.business_id AND r.pending_id = j.id)), 0)
        """,
    ),
    Check(
        "I6",
        "the database refuses to change append-only rows",
        """
        SELECT t.name FROM unnest(ARRAY['ledger_journals', 'ledger_entries', 'state_changes', 'channel_exchanges',
                                        'channel_notices', 'agreement_acceptances',
                                        'hold_releases', 'points_entries', 'download_versions',
                                        'stock_changes']) AS t(name)
        WHERE (SELECT count(*) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
               WHERE c.relname = t.name AND g.tgname LIKE 'append_only%' AND g.tgenabled = 'O') < 2
           OR has_table_privilege('bursar_app', t.name, 'UPDATE') OR has_table_privilege('bursar_app', t.name, 'DELETE')
        """,
    ),
    Check(
        "I7",
        "a pending journal is resolved at most once, by a journal of its own kind",
        "SELECT p.business_id, p.id FROM ledger_journals p JOIN ledger_journals r"
        " ON r.business_id = p.business_id AND r.pending_id = p.id"
        " WHERE p.state <> 'pending' OR r.template <> p.template OR r.subject_id <> p.subject_id",
    ),
    Check(
        "I13",
        "an amount held is what is still held plus what was released",
        """
        SELECT f.business_id, f.id, f.amount_minor, f.left_minor FROM wallet_holds f
        LEFT JOIN hold_releases r ON r.business_id = f.business_id AND r.hold_id = f.id
        GROUP BY 1, 2, 3, 4 HAVING f.amount_minor <> f.left_minor + coalesce(sum(r.amount_minor), 0)
        """,
    ),
    Check(
        "I13b",
        "what is still held is pending in the ledger, on its buyer's wallet",
        """
        SELECT f.business_id, f.id, f.left_minor, h.held FROM wallet_holds f
        LEFT JOIN (
            SELECT j.business_id, j.subject_id, a.owner, a.currency, sum(e.amount_minor) AS held FROM ledger_journals j
            JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id AND e.amount_minor > 0
            JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id AND a.kind = 'wallet'
            WHERE j.template = 'hold' AND j.state = 'pending' AND NOT EXISTS (
                SELECT 1 FROM ledger_journals r WHERE r.business_id = j.business_id AND r.pending_id = j.id)
            GROUP BY 1, 2, 3, 4) h ON h.business_id = f.business_id AND h.subject_id = f.id
            AND h.owner = f.buyer_reference AND h.currency = f.currency
        WHERE f.left_minor <> coalesce(h.held, 0)
        """,
    ),
    Check(
        "I13c",
        "the money of a hold is held and released, never posted",
        "SELECT business_id, id FROM ledger_journals WHERE template = 'hold' AND state = 'posted'",
    ),
    Check(
        "I47",
        "what buyers owe is what the merchant can claim, and no buyer owes a negative amount",
        """
        SELECT e.business_id, a.currency, a.owner, sum(e.amount_minor) AS owed FROM ledger_entries e
        JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id AND a.kind = 'owed_by_buyer'
        GROUP BY 1, 2, 3 HAVING sum(e.amount_minor) < 0
        UNION ALL
        SELECT e.business_id, a.currency, NULL, sum(e.amount_minor) FROM ledger_entries e
        JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
            AND a.kind IN ('owed_by_buyer', 'claims')
        GROUP BY 1, 2 HAVING sum(e.amount_minor) <> 0
        """,
    ),
    replayed(HOLD, "I20-hld"),
    *SETTLEMENTS,
    *ADJUSTMENTS,
)
