"""`flask audit`: every invariant of every noun, and those that hold between nouns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from app.core import clock, db, ids
from app.core.invariants import Check
from app.domain.accounts.business.checks import CHECKS as BUSINESS
from app.domain.accounts.clocks.checks import CHECKS as CLOCKS
from app.domain.buyers.checks import CHECKS as BUYERS
from app.domain.catalog.checks import CHECKS as CATALOG
from app.domain.catalog.sellers.checks import CHECKS as SELLERS
from app.domain.fulfilment.checks import CHECKS as FULFILMENT
from app.domain.fulfilment.parcels.checks import CHECKS as PARCELS
from app.domain.insights.metrics.checks import CHECKS as METRIC_CHECKS
from app.domain.ledger.checks import CHECKS as LEDGER
from app.domain.marketing.campaigns.checks import CHECKS as CAMPAIGNS
from app.domain.marketing.checks import CHECKS as MARKETING
from app.domain.orders.checks import CHECKS as ORDERS
from app.domain.orders.receipts.checks import CHECKS as RECEIPTS
from app.domain.orders.reservations.checks import CHECKS as RESERVATIONS
from app.domain.payments.checks import CHECKS as PAYMENTS
from app.domain.payments.models import PAYING
from app.domain.reconciliation.checks import CHECKS as RECONCILIATION
from app.domain.risk.checks import CHECKS as RISK
from app.domain.settlement.checks import CHECKS as SETTLEMENT
from app.domain.signing.checks import CHECKS as SIGNING
from app.domain.webhooks.checks import CHECKS as WEBHOOKS
from app.read.operations.audit_approvals import CHECKS as APPROVED
from app.read.operations.audit_clearing import CHECKS as CLEARED
from app.read.operations.audit_contracts import CHECKS as CONTRACTS
from app.read.operations.audit_events import CHECKS as EVENTS
from app.read.operations.audit_shares import CHECKS as SHARES
from app.read.operations.audit_times import CHECKS as TIMES

BETWEEN_NOUNS = (
    Check(
        "I10",
        "an order's paid amount is what its payments brought",
        f"""
        SELECT o.business_id, o.id, o.paid_minor, p.paid FROM orders o
        LEFT JOIN (SELECT t.business_id, t.order_id, sum(a.amount_minor) AS paid FROM payment_attempts a
                   JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id
                   WHERE t.kind IN {PAYING} AND a.status = 'succeeded' AND a.applied GROUP BY 1, 2) p
            ON p.business_id = o.business_id AND p.order_id = o.id
        WHERE o.paid_minor <> coalesce(p.paid, 0)
        """,  # noqa: S608 (our own text)
    ),
    Check(
        "I11b",
        "an order's refunded amount is what was returned",
        """
        SELECT o.business_id, o.id, o.refunded_minor, p.back FROM orders o
        LEFT JOIN (SELECT t.business_id, t.order_id, sum(a.amount_minor) AS back FROM payment_attempts a
                   JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id
                   WHERE t.kind = 'refund' AND a.status = 'succeeded' AND a.applied GROUP BY 1, 2) p
            ON p.business_id = o.business_id AND p.order_id = o.id
        WHERE o.refunded_minor <> coalesce(p.back, 0)
        """,
    ),
    Check(
        "I11c",
        "no line returns more money, or more units, than it had",
        """
        SELECT l.business_id, l.id, l.amount_minor, sum(r.amount_minor) FROM order_lines l
        JOIN refund_lines r ON r.business_id = l.business_id AND r.line_id = l.id
        JOIN payment_transactions t ON t.business_id = r.business_id AND t.id = r.transaction_id
            AND t.status IN ('open', 'succeeded')
        GROUP BY 1, 2, 3, l.quantity
        HAVING sum(r.amount_minor) > l.amount_minor OR coalesce(sum(r.quantity), 0) > l.quantity
        """,
    ),
    Check(
        "I18b",
        "a payment has its order's currency",
        "SELECT t.business_id, t.id FROM payment_transactions t JOIN orders o ON o.business_id = t.business_id"
        " AND o.id = t.order_id WHERE t.currency <> o.currency",
    ),
    Check(
        "I41",
        "what a buyer accepted is a published text of the business, unchanged",
        """
        SELECT a.business_id, a.id FROM agreement_acceptances a
        LEFT JOIN agreements v ON v.business_id = a.business_id AND v.id = a.agreement_id
        WHERE v.id IS NULL OR a.text_hash <> v.text_hash OR a.locale <> v.locale
           OR v.text_hash <> encode(sha256(convert_to(v.title || E'\\n' || v.body, 'UTF8')), 'hex')
        """,
    ),
    Check(
        "I32d",
        "a delivery of licence keys handed over one key per unit",
        """
        SELECT d.business_id, d.id, l.quantity, k.keys FROM deliveries d
        JOIN order_lines l ON l.business_id = d.business_id AND l.id = d.line_id
        LEFT JOIN (SELECT business_id, delivery_id, count(*) AS keys FROM licence_keys
                   WHERE status = 'delivered' GROUP BY 1, 2) k
            ON k.business_id = d.business_id AND k.delivery_id = d.id
        WHERE d.kind = 'licence_key' AND d.status = 'delivered' AND k.keys IS DISTINCT FROM l.quantity
        """,
    ),
    Check(
        "I46",
        "wallet money that deliveries granted, took back or left owed is posted so, on their buyer's wallet",
        """
        SELECT g.business_id, g.id, g.granted, g.clawed_back, g.owed, j.granted, j.clawed_back, j.owed FROM grants g
        LEFT JOIN (
            SELECT j.business_id, j.subject_id, coalesce(b.reference, a.owner) AS owner, a.currency,
                   -sum(e.amount_minor) FILTER (WHERE j.template = 'credit') AS granted,
                   sum(e.amount_minor) FILTER (WHERE j.template = 'credit_clawed_back') AS clawed_back,
                   sum(e.amount_minor) FILTER (WHERE j.template = 'credit_owed') AS owed
            FROM ledger_journals j
            JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id AND e.layer = 'posted'
            JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
                AND a.kind IN ('wallet', 'owed_by_buyer')
            LEFT JOIN buyers m ON m.business_id = a.business_id AND m.reference = a.owner
            LEFT JOIN buyers b ON b.business_id = m.business_id AND b.id = m.merged_into_id
            WHERE j.template IN ('credit', 'credit_clawed_back', 'credit_owed') GROUP BY 1, 2, 3, 4) j
            ON j.business_id = g.business_id AND j.subject_id = g.delivery_id AND j.owner = g.buyer_reference
               AND j.currency = g.currency
        WHERE g.currency IS NOT NULL
            AND (g.granted <> coalesce(j.granted, 0) OR g.clawed_back <> coalesce(j.clawed_back, 0)
            OR g.owed <> coalesce(j.owed, 0))
        """,
    ),
    Check(
        "I46b",
        "credit is granted and taken back by deliveries only",
        """
        SELECT j.business_id, j.id, j.template FROM ledger_journals j
        WHERE j.template IN ('credit', 'credit_clawed_back', 'credit_owed') AND NOT EXISTS (
            SELECT 1 FROM grants g WHERE g.business_id = j.business_id AND g.delivery_id = j.subject_id)
        """,
    ),
    Check(
        "I32e",
        "a fulfilled order waits for nothing, and something of it was delivered",
        """
        SELECT o.business_id, o.id FROM orders o
        LEFT JOIN deliveries d ON d.business_id = o.business_id AND d.order_id = o.id
        WHERE o.status IN ('fulfilled', 'completed') GROUP BY o.business_id, o.id
        HAVING bool_or(d.status = 'pending') IS NOT FALSE
        """,
    ),
    Check(
        "I43",
        "the discounts of an order's lines are those its promotions, its coupons and its contract's credit gave",
        """
        SELECT l.business_id, l.order_id, l.off, u.spent FROM (
            SELECT business_id, order_id, sum(discount_minor) AS off FROM order_lines GROUP BY 1, 2) l
        LEFT JOIN (SELECT business_id, order_id, sum(spent_minor) AS spent FROM (
                SELECT business_id, order_id, spent_minor FROM promotion_uses
                UNION ALL SELECT business_id, order_id, spent_minor FROM coupon_uses
                UNION ALL SELECT business_id, order_id, credit_minor FROM contract_cycles WHERE credit_minor > 0
                UNION ALL SELECT business_id, order_id, used_minor FROM contract_changes
                    WHERE used_minor > 0 AND status IN ('charging', 'failed')) given GROUP BY 1, 2) u
            ON u.business_id = l.business_id AND u.order_id = l.order_id
        WHERE l.off <> coalesce(u.spent, 0)
        """,
    ),
    Check(
        "I63",
        "coupons are held for open orders, used by paid ones and returned by closed ones",
        """
        SELECT u.business_id, u.id, u.used, u.released, o.status FROM coupon_uses u
        JOIN orders o ON o.business_id = u.business_id AND o.id = u.order_id
        WHERE (o.status IN ('created', 'paying') AND (u.used OR u.released))
           OR (o.status IN ('paid', 'fulfilling', 'fulfilled', 'completed', 'refunding')
               AND (NOT u.used OR u.released))
           OR (o.status = 'closed' AND (u.used OR NOT u.released))
           OR (o.status = 'refunded' AND NOT u.used)
        """,
    ),
    Check(
        "I16b",
        "stock is reserved for open orders until their deadline, consumed by paid ones and free after closed ones",
        """
        SELECT r.business_id, r.id, r.status, o.status FROM stock_reservations r
        JOIN orders o ON o.business_id = r.business_id AND o.id = r.order_id
        WHERE (o.status IN ('created', 'paying') AND (r.status <> 'reserved' OR r.expires_at < o.expires_at))
           OR (o.status IN ('paid', 'fulfilling', 'fulfilled', 'completed', 'refunding')
               AND r.status NOT IN ('confirmed', 'restocked'))
           OR (o.status = 'closed' AND r.status <> 'cancelled')
        """,
    ),
    Check(
        "I7c",
        "a wallet portion is held while reserved, posted when confirmed, and released when cancelled",
        """
        SELECT r.business_id, r.id, r.status, j.state FROM reservations r
        LEFT JOIN ledger_journals j ON j.business_id = r.business_id AND j.pending_id = r.journal_id
        WHERE r.kind = 'wallet' AND j.state IS DISTINCT FROM
            CASE r.status WHEN 'confirmed' THEN 'posted' WHEN 'cancelled' THEN 'voided' END
        """,
    ),
    Check(
        "I16d",
        "a merchant's own system is notified of every order that was paid, closed or refunded, and reserves for "
        "open ones until their deadline",
        """
        SELECT r.business_id, r.id, r.status, r.target, o.status FROM reservations r
        JOIN orders o ON o.business_id = r.business_id AND o.id = r.order_id
        WHERE r.kind = 'remote' AND (NOT o.needs_remote_reservation
            OR (o.status IN ('created', 'paying')
                AND (r.target NOT IN ('reserve', 'extend') OR r.expires_at < o.expires_at))
            OR (o.status = 'paying' AND r.status <> 'reserved')
            OR (o.status IN ('paid', 'fulfilling', 'fulfilled', 'completed', 'refunding')
                AND r.target NOT IN ('confirm', 'cancel'))
            OR (o.status IN ('closed', 'refunded') AND r.target <> 'cancel'))
        """,
    ),
    Check(
        "I8b",
        "a wallet portion is posted exactly when the rest was paid, from the order's own buyer and in its currency",
        """
        SELECT r.business_id, r.id, r.status, o.status, a.amount_minor FROM reservations r
        JOIN orders o ON o.business_id = r.business_id AND o.id = r.order_id
        LEFT JOIN payment_attempts a ON a.business_id = r.business_id AND a.id = r.wallet_attempt_id
            AND a.status = 'succeeded' AND a.applied AND a.channel = 'wallet'
        WHERE r.kind = 'wallet' AND ((r.status = 'confirmed') <> (a.id IS NOT NULL)
            OR (a.id IS NOT NULL AND (a.amount_minor <> r.amount_minor OR a.currency <> o.currency))
            OR (a.id IS NOT NULL AND o.paid_minor = 0)
            OR (r.status IN ('reserving', 'reserved') AND o.status <> 'paying')
            OR NOT EXISTS (SELECT 1 FROM ledger_entries e JOIN ledger_accounts l ON l.business_id = e.business_id
                           AND l.id = e.account_id AND l.kind = 'wallet' AND l.owner = o.buyer_reference
                           AND l.currency = o.currency
                           WHERE e.business_id = r.business_id AND e.journal_id = r.journal_id))
        """,
    ),
    Check(
        "I22",
        "within a day, a paid order is delivered, refunded or has a case",
        """
        SELECT o.business_id, o.id, o.status FROM orders o
        WHERE o.status IN ('paid', 'fulfilling') AND o.paid_at < CAST(:now AS timestamptz) - interval '1 day'
          AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.business_id = o.business_id AND c.order_id = o.id
                          AND (c.status = 'open' OR c.cleared_at IS NULL))
        """,
    ),
    Check(
        "I21b",
        "money that arrived too late or twice is on its way back",
        f"""
        SELECT a.business_id, a.id FROM payment_attempts a
        JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id AND t.kind IN {PAYING}
        WHERE a.status = 'succeeded' AND NOT a.applied
          AND a.decided_at < CAST(:now AS timestamptz) - interval '5 minutes'
          AND NOT EXISTS (SELECT 1 FROM payment_transactions r WHERE r.business_id = a.business_id
                          AND r.charge_attempt_id = a.id)
        """,  # noqa: S608 (our own text)
    ),
    Check(
        "I32",
        "what was delivered was paid, and what was refunded in full is revoked",
        """
        SELECT d.business_id, d.id, d.status, o.status FROM deliveries d
        JOIN orders o ON o.business_id = d.business_id AND o.id = d.order_id
        WHERE (d.status = 'delivered' AND o.paid_minor = 0 AND o.total_minor > 0)
           OR (d.status = 'delivered' AND o.status = 'refunded' AND EXISTS (
               SELECT 1 FROM outbox_events e WHERE e.business_id = o.business_id AND e.aggregate_id = o.id
               AND e.topic = 'order.refunded' AND e.status = 'done'))
        """,
    ),
    Check(
        "I27",
        "a request that was answered keeps its response and is not in progress",
        "SELECT business_id, id FROM idempotency_keys WHERE http_status IS NOT NULL"
        " AND (answer IS NULL OR claimed_until IS NOT NULL)",
    ),
    Check(
        "I33",
        "every table with tenants' rows has row-level security, and the application owns none",
        """
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        JOIN pg_attribute b ON b.attrelid = c.oid AND b.attname = 'business_id' AND NOT b.attisdropped
        WHERE c.relkind IN ('r', 'p') AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity OR NOT b.attnotnull)
        UNION ALL
        SELECT rolname FROM pg_roles WHERE rolname IN ('bursar_app', 'bursar_system') AND (rolsuper OR rolbypassrls)
        UNION ALL
        SELECT relname FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname LIKE 'bursar_%'
               AND rolname IN ('bursar_app', 'bursar_system'))
        """,
    ),
    Check(
        "I34",
        "every foreign key between tenants' tables includes the business",
        """
        SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.contype = 'f'
          AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = f.oid AND a.attname = 'business_id')
          AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'business_id'
                          AND a.attnum = ANY (k.conkey))
        """,
    ),
    Check(
        "I17b",
        "every column with money is an integer",
        # Not information_schema, which shows a role only what it may touch.
        """
        SELECT c.relname, a.attname FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
            AND c.relnamespace = CAST('public' AS regnamespace)
        WHERE a.attnum > 0 AND NOT a.attisdropped
          AND (format_type(a.atttypid, NULL) IN ('real', 'double precision', 'money')
               OR (a.attname LIKE '%\\_minor' AND format_type(a.atttypid, NULL) <> 'bigint'))
        """,
    ),
    Check(
        "I4b",
        "every constraint is in force",
        "SELECT conname FROM pg_constraint WHERE NOT convalidated",
    ),
    Check(
        "I51",
        "the audit log is as it was sealed",
        "SELECT business_id, id, number FROM audit_seals_now"
        " WHERE NOT follows OR entries <> entries_now OR hash <> hash_now",
    ),
)

CHECKS = (
    *BUSINESS,
    *CLOCKS,
    *EVENTS,
    *TIMES,
    *APPROVED,
    *LEDGER,
    *(*PAYMENTS, *RECONCILIATION, *SETTLEMENT),
    *(*ORDERS, *CATALOG, *SELLERS, *SHARES, *CLEARED, *BUYERS),
    *(*FULFILMENT, *PARCELS),
    *(*RECEIPTS, *RESERVATIONS),
    *(*SIGNING, *CONTRACTS),
    *(*MARKETING, *CAMPAIGNS),
    *RISK,
    *WEBHOOKS,
    *METRIC_CHECKS,
    *BETWEEN_NOUNS,
)


@dataclass(frozen=True)
class Finding:
    """One invariant and the rows that break it (at most 100); none means it holds."""

    id: str
    name: str
    rows: list[dict[str, Any]]


def run() -> list[Finding]:
    """Ask every question, across all businesses, at one moment."""
    with db.system_reading():
        db.rows(text("SELECT set_config('statement_timeout', '0', true)"))
        return [Finding(check.id, check.name, _ask(check)) for check in CHECKS]


def moments() -> dict[str, Any]:
    """What checks call `:now`, and `:ahead`, the first id of a moment that has not come."""
    return {"now": clock.now(), "ahead": ids.first_at(datetime.fromtimestamp(clock.real_s() + 5, UTC))}


def _ask(check: Check) -> list[dict[str, Any]]:
    values = {name: value for name, value in moments().items() if f":{name}" in check.sql}
    return [dict(row._mapping) for row in db.rows(text(check.sql), **values)[:100]]
