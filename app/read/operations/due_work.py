"""Which periodic jobs have something to do, and whether webhooks are due: one statement, where each of them would ask
by itself."""

from __future__ import annotations

from sqlalchemy import text

from app.core import clock, db


class _DueJob(db.JoinedRow):
    job: str


# By job, what its use case takes for due, by the index that the use case reads; more is harmless. ORDER BY keeps the
# planner from reading a whole table in the hope of an early row.
_DUE = db.select_as(
    _DueJob,
    text("""
(SELECT 'poll_undecided' AS job FROM payment_attempts WHERE next_poll_at <= :now ORDER BY next_poll_at LIMIT 1)
UNION ALL
(SELECT 'fetch_platform_keys' FROM channel_accounts WHERE keys_due_at <= :now ORDER BY keys_due_at LIMIT 1)
UNION ALL
(SELECT 'close_due' FROM orders
  WHERE status IN ('created', 'paying') AND expires_at <= :now ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'close_due' FROM checkout_sessions
  WHERE status = 'open' AND order_id IS NULL AND expires_at <= :now ORDER BY expires_at LIMIT 1)
UNION ALL
(SELECT 'deliver_due' FROM deliveries WHERE next_attempt_at <= :now ORDER BY next_attempt_at LIMIT 1)
UNION ALL
(SELECT 'refresh_memberships' FROM buyer_memberships WHERE due_at <= :now ORDER BY due_at LIMIT 1)
UNION ALL
(SELECT 'finalise_reservations' FROM reservations WHERE next_attempt_at <= :now ORDER BY next_attempt_at LIMIT 1)
UNION ALL
(SELECT 'send_user_mail' FROM user_mails WHERE next_attempt_at <= :now ORDER BY next_attempt_at LIMIT 1)
UNION ALL
(SELECT 'send_mail' FROM mails WHERE next_attempt_at <= :now ORDER BY next_attempt_at LIMIT 1)
UNION ALL
(SELECT 'bulk_due' FROM bulk_runs WHERE finished_at IS NULL ORDER BY created_at LIMIT 1)
UNION ALL
(SELECT 'import_due' FROM product_imports WHERE status IN ('checking', 'applying') ORDER BY created_at LIMIT 1)
UNION ALL
(SELECT 'export_due' FROM exports WHERE finished_at IS NULL AND problem = '' ORDER BY created_at LIMIT 1)
UNION ALL
(SELECT 'keep_schedules' FROM products
  WHERE (status = 'scheduled' AND on_sale_at <= :now) OR (status = 'on_sale' AND off_sale_at <= :now)
  ORDER BY business_id LIMIT 1)
UNION ALL
(SELECT 'renew_due' FROM contracts WHERE acts_at <= :now ORDER BY acts_at LIMIT 1)
UNION ALL
(SELECT 'follow_mandates' FROM mandates WHERE next_poll_at <= :now ORDER BY next_poll_at LIMIT 1)
UNION ALL
(SELECT 'follow_disputes' FROM disputes WHERE next_poll_at <= :now ORDER BY next_poll_at LIMIT 1)
UNION ALL
(SELECT 'run_test_clocks' FROM test_clocks WHERE ahead_ms > 0 OR status = 'advancing' ORDER BY business_id LIMIT 1)
UNION ALL
(SELECT 'webhooks' FROM webhook_endpoints
  WHERE status = 'enabled' AND due_at <= :now AND (claimed_until IS NULL OR claimed_until <= :now)
  ORDER BY due_at LIMIT 1)
UNION ALL
(SELECT 'webhooks' FROM outbox_events
  WHERE listener_ids IS NOT NULL AND fanned_out_at IS NULL ORDER BY business_id LIMIT 1)
"""),
)
# What is looked for here; the other jobs run whenever their time has come.
LOOKED_FOR = frozenset(
    {
        "poll_undecided",
        "fetch_platform_keys",
        "close_due",
        "deliver_due",
        "refresh_memberships",
        "finalise_reservations",
        "send_user_mail",
        "send_mail",
        "bulk_due",
        "import_due",
        "export_due",
        "keep_schedules",
        "renew_due",
        "follow_mandates",
        "follow_disputes",
        "run_test_clocks",
        "webhooks",
    }
)


def due_jobs() -> frozenset[str]:
    """The names of those in LOOKED_FOR that have something to do now.

    Raises:
        Unavailable: the database is away.
    """
    with db.system_reading():
        return frozenset(row.job for row in db.rows(_DUE, now=clock.now()))
