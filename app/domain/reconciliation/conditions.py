"""When a case is over without anybody, and what is a case as long as it is so: SQL over all businesses, which the sweep
acts on and the audit holds it to."""

from __future__ import annotations

# Channels that do not make a live business able to sell, and those behind which nobody stands whose connection could be
# tested. A test compares them with what the channels declare.
TEST_OR_INTERNAL, MANUAL = "('simulator', 'wallet')", "('offline')"

# Of open cases: (business_id, id, reason, since): what each is about is over since then.
OVER = (
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind IN ('undecided_long', 'channel_ref_used'))
    SELECT c.business_id, c.id, 'decided' AS reason, a.decided_at AS since
    FROM c JOIN payment_attempts a ON a.business_id = c.business_id AND a.id = c.subject_id
    WHERE a.decided_at IS NOT NULL
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'amount_mismatch')
    SELECT c.business_id, c.id, 'order refunded' AS reason, greatest(c.created_at, (
        SELECT max(s.created_at) FROM state_changes s
        WHERE s.business_id = c.business_id AND s.row_id = o.id AND s.to_state = 'refunded')) AS since
    FROM c JOIN orders o ON o.business_id = c.business_id AND o.id = c.order_id AND o.status = 'refunded'
    UNION ALL
    SELECT c.business_id, c.id, 'decided', a.decided_at
    FROM c JOIN payment_attempts a ON a.business_id = c.business_id AND a.id = c.subject_id
        AND a.decided_at > c.created_at
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind IN ('late_payment', 'surplus_payment'))
    SELECT c.business_id, c.id, 'refunded' AS reason, t.decided_at AS since
    FROM c JOIN payment_transactions t ON t.business_id = c.business_id AND t.charge_attempt_id = c.subject_id
        AND t.kind = 'refund' AND t.status = 'succeeded'
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'dispute_open')
    SELECT c.business_id, c.id, 'answered or decided' AS reason, (
        SELECT max(s.created_at) FROM state_changes s
        WHERE s.business_id = c.business_id AND s.row_id = d.id) AS since
    FROM c JOIN disputes d ON d.business_id = c.business_id AND d.id = c.subject_id AND d.status <> 'needs_response'
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'risk_review')
    SELECT c.business_id, c.id, 'order ' || o.status AS reason, (
        SELECT max(s.created_at) FROM state_changes s
        WHERE s.business_id = c.business_id AND s.row_id = o.id) AS since
    FROM c JOIN orders o ON o.business_id = c.business_id AND o.id = c.order_id
        AND o.status NOT IN ('created', 'paying')
    """,
    # As much went back to the same source since then, or the whole order.
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'refund_failed')
    SELECT c.business_id, c.id, 'refunded after all' AS reason, greatest(c.created_at, later.since) AS since
    FROM c JOIN payment_transactions t ON t.business_id = c.business_id AND t.id = c.subject_id
    JOIN LATERAL (
        SELECT sum(l.amount_minor) AS minor, max(l.decided_at) AS since FROM payment_transactions l
        WHERE l.business_id = t.business_id AND l.charge_attempt_id = t.charge_attempt_id AND l.kind = 'refund'
            AND l.status = 'succeeded' AND (l.id = t.id OR l.created_at > t.created_at)) later
        ON later.minor >= t.amount_minor
    UNION ALL
    SELECT c.business_id, c.id, 'order refunded', greatest(c.created_at, (
        SELECT max(s.created_at) FROM state_changes s
        WHERE s.business_id = c.business_id AND s.row_id = o.id AND s.to_state = 'refunded'))
    FROM c JOIN payment_transactions t ON t.business_id = c.business_id AND t.id = c.subject_id
    JOIN payment_attempts p ON p.business_id = t.business_id AND p.id = t.charge_attempt_id AND p.applied
    JOIN orders o ON o.business_id = t.business_id AND o.id = t.order_id AND o.status = 'refunded'
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'late_movement')
    SELECT c.business_id, c.id, 'in the ledger' AS reason, c.created_at + interval '7 days' AS since
    FROM c WHERE c.details ->> 'uncovered' = 'false'
        AND c.created_at < CAST(:now AS timestamptz) - interval '7 days'
    UNION ALL
    SELECT c.business_id, c.id, 'wallet covered', max(e.created_at)
    FROM c JOIN payment_attempts a ON a.business_id = c.business_id AND a.id = c.subject_id
    JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id
    JOIN ledger_accounts l ON l.business_id = t.business_id AND l.kind = 'shortfall'
        AND l.owner = t.buyer_reference AND l.currency = t.currency
    JOIN ledger_entries e ON e.business_id = l.business_id AND e.account_id = l.id AND e.layer = 'posted'
    WHERE c.details ->> 'uncovered' = 'true' GROUP BY 1, 2 HAVING sum(e.amount_minor) <= 0
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind IN (
        'credit_spent', 'points_spent', 'withdrawal_returned', 'payout_returned'))
    SELECT c.business_id, c.id, 'nobody objected' AS reason, c.created_at + interval '30 days' AS since
    FROM c WHERE c.created_at < CAST(:now AS timestamptz) - interval '30 days'
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'wrong_transfer')
    SELECT c.business_id, c.id, 'sent back' AS reason, max(s.created_at) AS since
    FROM c JOIN state_changes s ON s.business_id = c.business_id AND s.row_id = c.subject_id
        AND s.machine = 'bank_transfer' AND s.to_state = 'returned' GROUP BY 1, 2
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'reservation_stuck')
    SELECT c.business_id, c.id, r.status AS reason, max(s.created_at) AS since
    FROM c JOIN reservations r ON r.business_id = c.business_id AND r.id = c.subject_id
        AND r.status IN ('confirmed', 'cancelled') AND r.next_attempt_at IS NULL
    JOIN state_changes s ON s.business_id = c.business_id AND s.row_id = r.id GROUP BY 1, 2, 3
    """,
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind = 'deliverable_not_revoked')
    SELECT c.business_id, c.id, 'revoked' AS reason, max(s.created_at) AS since
    FROM c JOIN state_changes s ON s.business_id = c.business_id AND s.row_id = c.subject_id
        AND s.machine = 'delivery' AND s.to_state = 'revoked' AND s.created_at >= c.created_at GROUP BY 1, 2
    """,
    # The phase that ends an event resolves its cases.
    """
    WITH c AS (SELECT * FROM cases WHERE status = 'open' AND kind IN (
        'refund_not_made', 'deliverable_not_delivered', 'deliverable_not_revoked',
        'order_not_cleared', 'coupons_not_issued', 'coupons_not_returned'))
    SELECT c.business_id, c.id, 'the event is done' AS reason, c.created_at AS since
    FROM c JOIN outbox_events e ON e.business_id = c.business_id AND e.id = c.subject_id AND e.status = 'done'
    """,
)

# Kinds that are found → (business_id, subject_id, order_id, minor, currency, details, since): it is so since then.
FOUND: dict[str, str] = {
    "delivery_overdue": """
        SELECT d.business_id, d.id AS subject_id, d.order_id, l.amount_minor AS minor, l.currency,
               jsonb_build_object('attempt_count', d.attempt_count, 'error', d.error, 'item', l.title) AS details,
               coalesce(d.promised_at, d.created_at + interval '20 hours') AS since
        FROM deliveries d JOIN order_lines l ON l.business_id = d.business_id AND l.id = d.line_id
        WHERE d.status = 'pending' AND coalesce(d.promised_at, d.created_at + interval '20 hours')
            < CAST(:now AS timestamptz)
    """,
    "endpoint_paused": """
        SELECT e.business_id, e.id AS subject_id, CAST(NULL AS uuid) AS order_id, CAST(NULL AS bigint) AS minor,
               CAST(NULL AS text) AS currency, jsonb_build_object('name', coalesce(nullif(e.description, ''),
               split_part(e.url, '?', 1)), 'why', e.pause_reason, 'error', e.error) AS details,
               (SELECT max(s.created_at) FROM state_changes s WHERE s.business_id = e.business_id
                AND s.row_id = e.id AND s.to_state = 'paused') AS since
        FROM webhook_endpoints e WHERE e.status = 'paused' AND e.pause_reason IN ('failing', 'gone')
    """,
    "bill_late": """
        SELECT b.business_id, b.id AS subject_id, CAST(NULL AS uuid) AS order_id, CAST(NULL AS bigint) AS minor,
               CAST(NULL AS text) AS currency, jsonb_build_object('account', a.name, 'day', b.day, 'error', b.error)
               AS details, (SELECT max(s.created_at) FROM state_changes s WHERE s.business_id = b.business_id
                AND s.row_id = b.id AND s.to_state = 'late') AS since
        FROM channel_bills b JOIN channel_accounts a ON a.business_id = b.business_id AND a.id = b.channel_account_id
        WHERE b.status IN ('late', 'failed')
    """,
    # The money is what differs where that is of one currency.
    "bill_differs": """
        SELECT b.business_id, b.id AS subject_id, CAST(NULL AS uuid) AS order_id, d.minor, d.currency,
               jsonb_build_object('account', a.name, 'day', b.day, 'count', d.count) AS details, d.since
        FROM channel_bills b JOIN channel_accounts a ON a.business_id = b.business_id AND a.id = b.channel_account_id
        JOIN (
            SELECT business_id, bill_id, count(*) AS count, min(created_at) AS since,
                   CASE WHEN min(currency) = max(currency) THEN min(currency) END AS currency,
                   CASE WHEN min(currency) = max(currency) THEN CAST(sum(abs(
                       CASE kind WHEN 'amount' THEN theirs_minor - ours_minor
                       ELSE coalesce(theirs_minor, ours_minor) END)) AS bigint) END AS minor
            FROM channel_bill_differences WHERE cleared_at IS NULL GROUP BY 1, 2) d
            ON d.business_id = b.business_id AND d.bill_id = b.id
    """,
    "renewal_blocked": """
        SELECT c.business_id, c.id AS subject_id, CAST(NULL AS uuid) AS order_id,
               c.unit_minor * c.quantity AS minor, c.currency,
               jsonb_build_object('code', c.blocked_code) AS details, c.blocked_at AS since
        FROM contracts c WHERE c.blocked_at IS NOT NULL
    """,
    # Up to the account's last snapshot it is summed up already.
    "balance_negative": """
        SELECT a.business_id, a.id AS subject_id, CAST(NULL AS uuid) AS order_id,
               CAST(coalesce(s.posted_minor, 0) + e.minor AS bigint) AS minor, a.currency,
               jsonb_build_object('account', a.kind) AS details, e.since
        FROM ledger_accounts a
        LEFT JOIN LATERAL (
            SELECT entry_id, posted_minor FROM ledger_snapshots s WHERE s.business_id = a.business_id
            AND s.account_id = a.id ORDER BY entry_id DESC LIMIT 1) s ON true
        JOIN LATERAL (
            SELECT coalesce(sum(e.amount_minor), 0) AS minor, max(e.created_at) AS since FROM ledger_entries e
            WHERE e.business_id = a.business_id AND e.account_id = a.id AND e.layer = 'posted'
            AND e.id > coalesce(s.entry_id, '00000000-0000-0000-0000-000000000000')) e ON true
        WHERE a.kind = 'merchant_payable' AND coalesce(s.posted_minor, 0) + e.minor > 0
    """,
    # As the checklist for going live has it. It is so since the last change of an account or of an agreement.
    "cannot_sell": f"""
        SELECT b.id AS business_id, b.id AS subject_id, CAST(NULL AS uuid) AS order_id, CAST(NULL AS bigint) AS minor,
               CAST(NULL AS text) AS currency, jsonb_build_object('lacks', concat_ws(', ',
               CASE WHEN NOT x.channel THEN 'live channel' END, CASE WHEN NOT x.terms THEN 'published terms' END))
               AS details, greatest(b.activated_at, (
               SELECT max(changed.created_at) FROM unnest(ARRAY['channel_accounts', 'agreement_templates']) AS named
               JOIN LATERAL (SELECT a.created_at FROM audit_entries a WHERE a.business_id = b.id
                   AND a.subject_table = named ORDER BY a.id DESC LIMIT 1) changed ON true)) AS since
        FROM businesses b CROSS JOIN LATERAL (SELECT EXISTS (
            SELECT FROM channel_accounts a WHERE a.business_id = b.id AND a.enabled
            AND a.channel NOT IN {TEST_OR_INTERNAL} AND (a.connected_at IS NOT NULL OR a.channel IN {MANUAL})
            ) AS channel, EXISTS (
            SELECT FROM agreements v JOIN agreement_templates t ON t.business_id = v.business_id
                AND t.id = v.template_id AND t.enabled
            WHERE v.business_id = b.id AND v.current) AS terms) x
        WHERE b.mode = 'live' AND b.activated_at IS NOT NULL AND b.closed_at IS NULL AND b.erased_at IS NULL
            AND NOT (x.channel AND x.terms)
    """,  # noqa: S608 - both are written above
}
