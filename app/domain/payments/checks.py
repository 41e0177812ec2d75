"""Invariants of payments."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.payments.channel_bills.checks import CHECKS as CHANNEL_BILLS
from app.domain.payments.disputes.checks import CHECKS as DISPUTES
from app.domain.payments.models import PAYING
from app.domain.payments.payment_orders.checks import CHECKS as PAYMENT_ORDERS
from app.domain.payments.states import ATTEMPT, BANK_TRANSFER, TRANSACTION

_APPLIED = "a.status = 'succeeded' AND a.applied"
_OF = "JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id"

CHECKS = (
    Check(
        "I144",
        "a withdrawal or payout leaves by the account that routing chose for it",
        """
        SELECT a.business_id, a.id, a.channel_account_id, first.account_id AS chosen FROM payment_attempts a
        JOIN routing_decisions d ON d.business_id = a.business_id AND d.id = a.id
        CROSS JOIN LATERAL (
            SELECT each.value ->> 'account_id' AS account_id
            FROM jsonb_array_elements(d.candidates) WITH ORDINALITY AS each (value, place)
            WHERE (each.value ->> 'usable')::boolean ORDER BY each.place LIMIT 1
        ) first
        WHERE a.kind IN ('withdrawal', 'payout') AND first.account_id <> a.channel_account_id::text
        """,
    ),
    Check(
        "I8",
        "an order is paid at most once: by a channel, by a wallet, or by one of each",
        f"SELECT t.business_id, t.order_id FROM payment_attempts a {_OF} WHERE t.kind IN {PAYING} AND {_APPLIED}"
        " GROUP BY 1, 2, a.channel = 'wallet' HAVING count(*) > 1",
    ),
    Check(
        "I9",
        "a company's transaction number belongs to one payment",
        "SELECT business_id, channel_account_id, channel_ref FROM payment_attempts WHERE channel_ref IS NOT NULL"
        " GROUP BY 1, 2, 3 HAVING count(*) > 1",
    ),
    Check(
        "I11",
        "refunds, pending ones included, never exceed the payment they return",
        """
        SELECT c.business_id, c.id, c.amount_minor, sum(t.amount_minor) FROM payment_attempts c
        JOIN payment_transactions t ON t.business_id = c.business_id AND t.charge_attempt_id = c.id
            AND t.kind = 'refund' AND t.status IN ('open', 'succeeded')
        GROUP BY 1, 2, 3, c.status, c.currency
        HAVING sum(t.amount_minor) > c.amount_minor OR c.status <> 'succeeded' OR bool_or(t.currency <> c.currency)
        """,
    ),
    Check(
        "I11f",
        "what counts towards a channel account's daily limit is what its attempts of that day took or may still take",
        # Counters of days long past are pruned, a batch at a time.
        """
        SELECT business_id, channel_account_id, currency, day, c.minor AS counted, a.minor AS attempts
        FROM (SELECT business_id, channel_account_id, currency, day, sum(taken_minor) AS minor
              FROM channel_day_totals GROUP BY 1, 2, 3, 4) c
        FULL JOIN (SELECT business_id, channel_account_id, currency, limit_day AS day, sum(amount_minor) AS minor
                   FROM payment_attempts WHERE limit_day IS NOT NULL AND status NOT IN ('failed', 'cancelled')
                   GROUP BY 1, 2, 3, 4) a USING (business_id, channel_account_id, currency, day)
        WHERE coalesce(c.minor, 0) <> coalesce(a.minor, 0)
            AND day > CAST(CAST(:now AS timestamptz) - interval '21 days' AS date)
        """,
    ),
    Check(
        "I11d",
        "an attempt is of its transaction's kind",
        f"SELECT a.business_id, a.id, a.kind FROM payment_attempts a {_OF} WHERE a.kind <> t.kind",
    ),
    Check(
        "I11e",
        "refunds requested together belong to one order and return money to different sources",
        """
        SELECT t.business_id, t.id FROM payment_transactions t
        LEFT JOIN payment_transactions f ON f.business_id = t.business_id AND f.id = t.split_of
        WHERE t.split_of IS NOT NULL AND (t.kind <> 'refund' OR f.kind IS DISTINCT FROM 'refund'
            OR f.order_id IS DISTINCT FROM t.order_id OR f.charge_attempt_id IS NOT DISTINCT FROM t.charge_attempt_id)
        """,
    ),
    Check(
        "I10b",
        "a transaction's parts sum to its amount",
        "SELECT t.business_id, t.id FROM payment_transactions t LEFT JOIN transaction_details d"
        " ON d.business_id = t.business_id AND d.transaction_id = t.id WHERE t.order_id IS NOT NULL"
        " GROUP BY 1, 2, t.amount_minor"
        " HAVING coalesce(sum(d.amount_minor), 0) <> t.amount_minor",
    ),
    Check(
        "I10d",
        "a refund of an order is the sum of its lines",
        """
        SELECT t.business_id, t.id, t.amount_minor, sum(l.amount_minor) FROM payment_transactions t
        JOIN payment_attempts c ON c.business_id = t.business_id AND c.id = t.charge_attempt_id AND c.applied
        LEFT JOIN refund_lines l ON l.business_id = t.business_id AND l.transaction_id = t.id
        WHERE t.kind = 'refund' GROUP BY 1, 2, 3
        HAVING coalesce(sum(l.amount_minor), 0) <> t.amount_minor OR bool_or(l.currency <> t.currency)
        """,
    ),
    Check(
        "I10c",
        "a successful attempt has posted its amount, any other attempt nothing",
        """
        SELECT a.business_id, a.id, a.status, sum(e.amount_minor) FROM payment_attempts a
        LEFT JOIN ledger_journals j ON j.business_id = a.business_id AND j.subject_id = a.id
        LEFT JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id
            AND e.layer = 'posted' AND e.amount_minor > 0
        GROUP BY 1, 2, 3, a.amount_minor
        HAVING coalesce(sum(e.amount_minor), 0) <> CASE WHEN a.status = 'succeeded' THEN a.amount_minor ELSE 0 END
        """,
    ),
    Check(
        "I12",
        "a movement without an order is posted as its kind requires, on the wallets it names",
        """
        SELECT a.business_id, a.id, t.kind, j.template, c.kind AS account, c.owner FROM payment_attempts a
        JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id
            AND t.kind IN ('top_up', 'withdrawal', 'transfer', 'payout')
        JOIN ledger_journals j ON j.business_id = a.business_id AND j.subject_id = a.id
        JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id
        JOIN ledger_accounts c ON c.business_id = e.business_id AND c.id = e.account_id
        WHERE j.template NOT IN (t.kind, t.kind || '_granted', t.kind || '_uncovered', 'partner_payout',
                                 'platform_payout')
           OR (j.template IN ('partner_payout', 'platform_payout')) <> (t.partner_id IS NOT NULL)
           OR (c.kind IN ('partner', 'platform_revenue') AND c.owner <> t.partner_id::text)
           OR (c.kind IN ('wallet', 'shortfall')
               AND c.owner NOT IN (coalesce(t.buyer_reference, ''), coalesce(t.counter_reference, '')))
        """,
    ),
    Check(
        "I12b",
        "money that left a wallet without cover has a case",
        """
        SELECT j.business_id, j.subject_id FROM ledger_journals j WHERE j.template = 'withdrawal_uncovered'
        AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.business_id = j.business_id AND c.subject_id = j.subject_id
                        AND c.kind = 'late_movement')
        """,
    ),
    Check(
        "I7b",
        "an attempt's money is held exactly while the attempt is undecided",
        """
        SELECT a.business_id, a.id, a.status FROM payment_attempts a
        WHERE (a.status IN ('ready', 'pending', 'unknown')) = EXISTS (
            SELECT 1 FROM ledger_journals r WHERE r.business_id = a.business_id AND r.pending_id = a.journal_id)
        """,
    ),
    Check(
        "I23",
        "every undecided attempt has a time of its next poll",
        "SELECT business_id, id, status, next_poll_at FROM payment_attempts"
        " WHERE (status IN ('ready', 'pending', 'unknown') AND next_poll_at IS NULL)"
        " OR (status NOT IN ('ready', 'pending', 'unknown') AND next_poll_at IS NOT NULL)",
    ),
    Check(
        "I23b",
        "no poll is overdue by more than an hour",
        "SELECT business_id, id, status, next_poll_at FROM payment_attempts"
        " WHERE next_poll_at < CAST(:now AS timestamptz) - interval '1 hour'",
    ),
    Check(
        "I29",
        "an attempt by bank transfer succeeded exactly if two people confirmed its money",
        """
        SELECT a.business_id, a.id, a.status, count(b.id) FROM payment_attempts a
        LEFT JOIN bank_transfers b ON b.business_id = a.business_id AND b.attempt_id = a.id AND b.status = 'confirmed'
            AND b.amount_minor = a.amount_minor AND b.currency = a.currency AND b.decided_by <> b.recorded_by
        WHERE a.channel = 'offline' AND a.kind NOT IN ('withdrawal', 'payout') GROUP BY 1, 2, 3
        HAVING (a.status = 'succeeded') <> (count(b.id) = 1)
        """,
    ),
    Check(
        "I29b",
        "money that matches no order is in the ledger for as long as it is here",
        """
        SELECT b.business_id, b.id, b.status, sum(e.amount_minor) FROM bank_transfers b
        LEFT JOIN ledger_journals j ON j.business_id = b.business_id AND j.subject_id = b.id
        LEFT JOIN (ledger_entries e JOIN ledger_accounts a
                   ON a.business_id = e.business_id AND a.id = e.account_id AND a.kind = 'unapplied')
            ON e.business_id = j.business_id AND e.journal_id = j.id
        GROUP BY 1, 2, 3, b.amount_minor
        HAVING coalesce(-sum(e.amount_minor), 0)
            <> CASE WHEN b.status IN ('returning', 'sent_back') THEN b.amount_minor ELSE 0 END
        """,
    ),
    Check(
        "I28",
        "a notice is accepted at most once",
        "SELECT business_id, channel_account_id, external_id FROM channel_notices WHERE verdict = 'accepted'"
        " GROUP BY 1, 2, 3 HAVING count(*) > 1",
    ),
    replayed(ATTEMPT, "I20-att"),
    replayed(TRANSACTION, "I20-txn"),
    replayed(BANK_TRANSFER, "I20-bank"),
    *PAYMENT_ORDERS,
    *DISPUTES,
    *CHANNEL_BILLS,
)
