"""Counting the metrics of the home page and the reports, from the histories and after the fact: whoever places or pays
an order writes nothing for it.

A business's new steps say which hours they touch; those hours are counted again as a whole, and their days are summed
again. So counting twice changes nothing, and what was missed once (it cannot be: see below) is mended by the next step
in that hour. A step's id is made before its transaction commits, so a younger one may be seen first; everything seen is
counted at once, but `seen_id` only goes as far as no transaction from before is still in progress.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, text

from app.core import clock, db
from app.domain.insights.metrics.models import DayMetric, HourMetric, MetricProgress
from app.domain.insights.metrics.types import KINDS
from app.domain.payments.models import PAYING
from app.workflow.ledger import count_postings

MAX_COUNT = 20_000  # steps in one phase
NIL_ID = uuid.UUID(int=0)
CLOCKS_APART_MS = 1000  # as for /v1/events: how far the clocks of this installation's machines may be apart

progress = db.table(MetricProgress)
# LATERAL with a LIMIT: as EXISTS, the database may take it for a join of everything with everything.
_DUE = text(
    "SELECT b.id FROM businesses b LEFT JOIN metric_progress p ON p.business_id = b.id"
    " LEFT JOIN posting_progress q ON q.business_id = b.id LEFT JOIN LATERAL ("
    "SELECT true AS is_new FROM state_changes s WHERE s.business_id = b.id"
    " AND s.id > coalesce(p.seen_id, :nobody) LIMIT 1) s ON true LEFT JOIN LATERAL ("
    "SELECT true AS is_new FROM ledger_entries e WHERE e.business_id = b.id"
    " AND e.id > coalesce(q.seen_id, :nobody) LIMIT 1) e ON true"
    " WHERE p.time_zone <> b.time_zone OR s.is_new OR e.is_new LIMIT 10000"
)
_BEGIN = text(
    "INSERT INTO metric_progress (business_id, seen_id, time_zone, counted_at)"
    " SELECT id, :nobody, time_zone, :moment FROM businesses WHERE id = :business ON CONFLICT DO NOTHING"
)
_LOCK = text(
    "SELECT p.seen_id, p.time_zone, b.time_zone AS zone_now FROM metric_progress p JOIN businesses b"
    " ON b.id = p.business_id WHERE p.business_id = :business FOR UPDATE OF p"
)
# The hours that new steps touch, in the business's own time.
_TOUCHED = text("""
WITH steps AS MATERIALIZED (
    SELECT id, machine, row_id, to_state FROM state_changes WHERE business_id = :business AND id > :seen
    ORDER BY id LIMIT :most),
touched AS (
    SELECT o.paid_at AS moment FROM steps s JOIN orders o ON o.business_id = :business AND o.id = s.row_id
    WHERE s.machine = 'order' AND s.to_state = 'paid'
    UNION ALL
    SELECT v.created_at FROM steps s JOIN orders o ON o.business_id = :business AND o.id = s.row_id
    JOIN checkout_sessions v ON v.business_id = :business AND v.id = o.session_id
    WHERE s.machine = 'order' AND s.to_state = 'paid'
    UNION ALL
    SELECT v.created_at FROM steps s JOIN checkout_sessions v ON v.business_id = :business AND v.id = s.row_id
    WHERE s.machine = 'checkout_session' AND s.to_state <> 'open'
    UNION ALL
    SELECT a.created_at FROM steps s JOIN payment_attempts a ON a.business_id = :business AND a.id = s.row_id
    WHERE s.machine = 'attempt' AND s.to_state IN ('succeeded', 'failed', 'cancelled')
    UNION ALL
    SELECT t.decided_at FROM steps s JOIN payment_transactions t ON t.business_id = :business AND t.id = s.row_id
    WHERE s.machine = 'transaction' AND s.to_state = 'succeeded' AND t.kind = 'refund')
SELECT (SELECT count(*) FROM steps) AS steps, (SELECT id FROM steps ORDER BY id DESC LIMIT 1) AS last_id,
       (SELECT array_agg(DISTINCT date_trunc('hour', timezone(:zone, moment))) FROM touched WHERE moment IS NOT NULL)
       AS hours
""")
# Every clause finds its rows by an index, hour by hour: an hour's clock time may come twice a year, hence the margin.
_COUNT = text(f"""
WITH spans AS (
    SELECT h, timezone(:zone, h) - interval '1 hour' AS since, timezone(:zone, h) + interval '3 hours' AS until
    FROM unnest(CAST(:hours AS timestamp[])) AS h),
paid AS MATERIALIZED (
    SELECT s.h, o.id, o.currency, o.total_minor, o.buyer_reference, o.paid_at FROM spans s JOIN orders o
    ON o.business_id = :business AND o.paid_at >= s.since AND o.paid_at < s.until
    WHERE date_trunc('hour', timezone(:zone, o.paid_at)) = s.h),
back AS MATERIALIZED (
    SELECT s.h, t.currency, a.amount_minor, t.reason FROM spans s JOIN payment_transactions t
    ON t.business_id = :business AND t.kind = 'refund' AND t.status = 'succeeded' AND t.decided_at >= s.since
       AND t.decided_at < s.until
    JOIN payment_attempts a ON a.business_id = :business AND a.transaction_id = t.id AND a.status = 'succeeded'
       AND a.applied
    WHERE date_trunc('hour', timezone(:zone, t.decided_at)) = s.h),
visits AS MATERIALIZED (
    SELECT s.h, v.currency, v.channel, v.order_id, o.paid_at FROM spans s JOIN checkout_sessions v
    ON v.business_id = :business AND v.created_at >= s.since AND v.created_at < s.until AND v.status <> 'open'
    LEFT JOIN orders o ON o.business_id = :business AND o.id = v.order_id
    WHERE date_trunc('hour', timezone(:zone, v.created_at)) = s.h),
counted AS (
    SELECT h, 'sales' AS kind, currency, '' AS key, count(*) AS number, 0 AS subset_count, sum(total_minor) AS minor
    FROM paid GROUP BY 1, 3
    UNION ALL
    SELECT h, 'first', currency, '', count(*), 0, sum(total_minor) FROM paid p LEFT JOIN LATERAL (
        SELECT true AS is_known FROM orders e WHERE e.business_id = :business AND e.buyer_reference = p.buyer_reference
        AND (e.paid_at, e.id) < (p.paid_at, p.id) LIMIT 1) e ON true WHERE e.is_known IS NULL GROUP BY 1, 3
    UNION ALL
    SELECT h, 'product', p.currency, CAST(l.product_id AS text), sum(l.quantity), count(DISTINCT p.id),
           sum(l.amount_minor)
    FROM paid p JOIN order_lines l ON l.business_id = :business AND l.order_id = p.id GROUP BY 1, 3, 4
    UNION ALL
    SELECT h, 'channel', p.currency, CAST(a.channel_account_id AS text), count(*), 0, sum(a.amount_minor)
    FROM paid p JOIN payment_transactions t ON t.business_id = :business AND t.order_id = p.id AND t.kind IN {PAYING}
    JOIN payment_attempts a ON a.business_id = :business AND a.transaction_id = t.id AND a.status = 'succeeded'
        AND a.applied GROUP BY 1, 3, 4
    UNION ALL
    SELECT h, 'coupon', p.currency, CAST(u.template_id AS text), count(*), 0, sum(u.spent_minor)
    FROM paid p JOIN coupon_uses u ON u.business_id = :business AND u.order_id = p.id GROUP BY 1, 3, 4
    UNION ALL
    SELECT h, 'promotion', p.currency, CAST(u.promotion_id AS text), count(*), 0, sum(u.spent_minor)
    FROM paid p JOIN promotion_uses u ON u.business_id = :business AND u.order_id = p.id GROUP BY 1, 3, 4
    UNION ALL
    SELECT h, 'refund', currency, '', count(*), 0, sum(amount_minor) FROM back GROUP BY 1, 3
    UNION ALL
    SELECT h, 'reason', currency, left(reason, 80), count(*), 0, sum(amount_minor) FROM back GROUP BY 1, 3, 4
    UNION ALL
    SELECT s.h, 'tried', a.currency, CAST(a.channel_account_id AS text), count(*),
           count(*) FILTER (WHERE a.status = 'succeeded'), 0
    FROM spans s JOIN channel_accounts c ON c.business_id = :business
    JOIN payment_attempts a ON a.business_id = :business AND a.channel_account_id = c.id
        AND a.created_at >= s.since AND a.created_at < s.until AND a.status IN ('succeeded', 'failed', 'cancelled')
    JOIN payment_transactions t ON t.business_id = :business AND t.id = a.transaction_id AND t.kind IN {PAYING}
    WHERE date_trunc('hour', timezone(:zone, a.created_at)) = s.h GROUP BY 1, 3, 4
    UNION ALL
    SELECT h, 'visit', currency, stage, count(*), 0, 0 FROM visits v JOIN LATERAL (VALUES ('opened', true),
        ('chosen', v.channel IS NOT NULL OR v.order_id IS NOT NULL), ('confirmed', v.order_id IS NOT NULL),
        ('paid', v.paid_at IS NOT NULL)) AS came (stage, so_far) ON came.so_far GROUP BY 1, 3, 4)
INSERT INTO metrics_by_hour (business_id, day, hour, kind, currency, key, number, subset_count, amount_minor)
SELECT :business, CAST(h AS date), extract(hour FROM h), kind, currency, key, number, subset_count, minor FROM counted
""")  # noqa: S608 (our own text)
_FORGET_HOURS = text(
    "DELETE FROM metrics_by_hour WHERE business_id = :business AND (day, hour) IN"
    " (SELECT CAST(h AS date), extract(hour FROM h) FROM unnest(CAST(:hours AS timestamp[])) AS h)"
)
_FORGET_DAYS = text(
    "DELETE FROM metrics_by_day WHERE business_id = :business AND kind = ANY (:kinds) AND day = ANY (:days)"
)
_SUM_DAYS = text(
    "INSERT INTO metrics_by_day (business_id, kind, day, currency, key, number, subset_count, amount_minor)"
    " SELECT business_id, kind, day, currency, key, sum(number), sum(subset_count), sum(amount_minor)"
    " FROM metrics_by_hour WHERE business_id = :business AND day = ANY (:days) GROUP BY 1, 2, 3, 4, 5"
)


def count_due() -> int:
    """Count what happened at every business since it was last counted; how many businesses. Two at once do no harm:
    one waits for the other."""
    with db.system_reading():
        due = [row.id for row in db.rows(_DUE, nobody=NIL_ID)]
    for business_id in due:
        count(business_id)
    return len(due)


def count(business_id: uuid.UUID) -> None:
    """Count what happened at this business since it was last counted."""
    while _count_some(business_id):
        pass
    count_postings.count(business_id, clocks_apart_ms=CLOCKS_APART_MS)


def count_again(business_id: uuid.UUID) -> None:
    """Forget all metrics of the business, and count them from the beginning."""
    with db.phase("count_metrics.forget", business_id):
        forget(business_id)
    count(business_id)


def forget(business_id: uuid.UUID) -> None:
    """Forget all metrics of the business, in the open phase; they are counted from the beginning the next time."""
    db.run(progress.delete().where(progress.c.business_id == business_id))
    count_postings.forget(business_id)


def _count_some(business_id: uuid.UUID) -> bool:
    """Count the next steps; whether there are more that are settled."""
    with db.reading(business_id):
        horizon = uuid.UUID(int=(db.oldest_write_ms() - CLOCKS_APART_MS) << 80)
    with db.phase("count_metrics.count", business_id):
        seen, zone = _begin(business_id)
        found = db.rows(_TOUCHED, business=business_id, seen=seen, most=MAX_COUNT, zone=zone)[0]
        if found.hours:
            _recount(business_id, found.hours, zone)
        is_full = found.steps == MAX_COUNT
        last = min(found.last_id, horizon) if is_full else horizon
        values = {"seen_id": max(seen, last), "counted_at": clock.now(), "time_zone": zone}
        db.run(progress.update().where(progress.c.business_id == business_id).values(**values))
    return bool(is_full and last < horizon)


def _begin(business_id: uuid.UUID) -> tuple[uuid.UUID, str]:
    """Up to where the business is counted, locked, and its time zone; all is forgotten when it has another by now."""
    db.run(_BEGIN.bindparams(business=business_id, nobody=NIL_ID, moment=clock.now()))
    row = db.rows(_LOCK, business=business_id)[0]
    if row.seen_id == NIL_ID or row.time_zone != row.zone_now:
        for table in (db.table(HourMetric), db.table(DayMetric)):
            db.run(delete(table).where(table.c.business_id == business_id))
        return NIL_ID, row.zone_now
    return row.seen_id, row.time_zone


def _recount(business_id: uuid.UUID, hours: list[datetime], zone: str) -> None:
    days = sorted({hour.date() for hour in hours})
    db.run(_FORGET_HOURS.bindparams(business=business_id, hours=hours))
    db.run(_COUNT.bindparams(business=business_id, hours=hours, zone=zone))
    db.run(_FORGET_DAYS.bindparams(business=business_id, days=days, kinds=list(KINDS)))
    db.run(_SUM_DAYS.bindparams(business=business_id, days=days))
