"""What must hold of the metrics."""

from __future__ import annotations

from app.core.invariants import Check

CHECKS = (
    Check(
        "I70",
        "each day's sales are those of its orders, as far as they are counted",
        """
        SELECT coalesce(f.business_id, o.business_id) AS business_id, coalesce(f.day, o.day) AS day,
               coalesce(f.currency, o.currency) AS currency, f.number, o.surely, o.all_of_them, f.amount_minor
        FROM (SELECT * FROM metrics_by_day WHERE kind = 'sales') f
        FULL JOIN (
            SELECT o.business_id, CAST(timezone(p.time_zone, o.paid_at) AS date) AS day, o.currency,
                   count(*) FILTER (WHERE s.id <= p.seen_id) AS surely, count(*) AS all_of_them,
                   coalesce(sum(o.total_minor) FILTER (WHERE s.id <= p.seen_id), 0) AS surely_minor,
                   sum(o.total_minor) AS all_minor
            FROM metric_progress p JOIN orders o ON o.business_id = p.business_id AND o.paid_at IS NOT NULL
            JOIN state_changes s ON s.business_id = o.business_id AND s.row_id = o.id AND s.to_state = 'paid'
                AND s.from_state <> 'refunding'
            GROUP BY 1, 2, 3) o
        ON o.business_id = f.business_id AND o.day = f.day AND o.currency = f.currency
        WHERE coalesce(f.number, 0) NOT BETWEEN coalesce(o.surely, 0) AND coalesce(o.all_of_them, 0)
           OR coalesce(f.amount_minor, 0) NOT BETWEEN coalesce(o.surely_minor, 0) AND coalesce(o.all_minor, 0)
        """,
    ),
    Check(
        "I71",
        "a day's metrics are the sums of its hours",
        """
        SELECT business_id, kind, day, currency, key, d.number, h.number AS of_hours
        FROM metrics_by_day d FULL JOIN (
            SELECT business_id, kind, day, currency, key, sum(number) AS number, sum(subset_count) AS subset_count,
                   sum(amount_minor) AS amount_minor FROM metrics_by_hour GROUP BY 1, 2, 3, 4, 5) h
        USING (business_id, kind, day, currency, key)
        WHERE d.number IS DISTINCT FROM h.number OR d.subset_count IS DISTINCT FROM h.subset_count
           OR d.amount_minor IS DISTINCT FROM h.amount_minor
        """,
    ),
    Check(
        "I72",
        "the sums of postings are those of the ledger's entries, as far as they are counted",
        """
        SELECT business_id, hour, kind, currency, owner, h.accounts, h.debit_minor, h.credit_minor,
               e.accounts AS accounts_now, e.debit_minor AS debit_now, e.credit_minor AS credit_now
        FROM postings_by_hour h FULL JOIN (
            SELECT e.business_id, date_trunc('hour', j.created_at, 'UTC') AS hour, a.kind, a.currency,
                   CASE WHEN a.kind IN ('channel_clearing', 'channel_fees', 'bank') THEN a.owner ELSE '' END AS owner,
                   count(*) FILTER (WHERE e.is_first) AS accounts,
                   coalesce(sum(e.amount_minor) FILTER (WHERE e.amount_minor > 0), 0) AS debit_minor,
                   coalesce(-sum(e.amount_minor) FILTER (WHERE e.amount_minor < 0), 0) AS credit_minor
            FROM (SELECT e.*, row_number() OVER (PARTITION BY e.business_id, e.account_id ORDER BY e.id) = 1 AS is_first
                  FROM ledger_entries e JOIN posting_progress p ON p.business_id = e.business_id AND e.id <= p.seen_id
                  WHERE e.layer = 'posted') e
            JOIN ledger_journals j ON j.business_id = e.business_id AND j.id = e.journal_id
            JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
            GROUP BY 1, 2, 3, 4, 5) e
        USING (business_id, hour, kind, currency, owner)
        WHERE (h.accounts, h.debit_minor, h.credit_minor)
            IS DISTINCT FROM (e.accounts, e.debit_minor, e.credit_minor)
        """,
    ),
)
