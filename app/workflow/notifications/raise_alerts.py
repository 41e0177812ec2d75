"""Looking for what people should hear of. Nothing in the rest of the system waits for this or writes for it: what is so
now is compared with the alerts that are open; those that are new are raised, those that are over are ended. What comes
back soon after it was over is the same alert again, and nobody is told twice.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text, update

from app.core import clock, db
from app.domain.notifications.alerts.models import Alert
from app.domain.notifications.alerts.types import AlertFacts
from app.domain.webhooks import rules
from app.workflow.steps.notifications import case_alerts

LONG = 10  # failures one after another
SAME_AGAIN = timedelta(hours=1)
DAY = timedelta(days=1)
Key = tuple[str, uuid.UUID]

alerts = db.table(Alert)
_ENDPOINTS = text("""
SELECT e.business_id, e.id AS subject_id,
       CASE WHEN e.status = 'paused' THEN 'webhook_paused' WHEN e.failures >= :long THEN 'webhook_failing_long'
            ELSE 'webhook_failing' END AS kind,
       jsonb_build_object('name', coalesce(nullif(e.description, ''), split_part(e.url, '?', 1)), 'why',
            e.pause_reason, 'failures', e.failures, 'error', e.error, 'event', (
                SELECT d.topic FROM webhook_deliveries d WHERE d.business_id = e.business_id AND d.endpoint_id = e.id
                AND d.attempt_count > 0 AND d.status <> 'delivered' ORDER BY d.created_at DESC LIMIT 1)) AS facts
FROM webhook_endpoints e WHERE e.pause_reason IN ('failing', 'gone')
   OR (e.status = 'enabled' AND e.failures >= :trouble) LIMIT 1000
""")
_APPROVALS = text("""
SELECT business_id, id AS subject_id, 'approval_waiting' AS kind, jsonb_build_object('what', kind, 'minor',
       amount_minor, 'currency', currency, 'reason', reason, 'by', requested_by) AS facts
FROM approvals WHERE status = 'requested' LIMIT 1000
""")
_CHANNELS = text("""
SELECT a.business_id, a.id AS subject_id, 'channel_down' AS kind,
       jsonb_build_object('name', a.name, 'operation', min(c.operation)) AS facts
FROM channel_accounts a JOIN LATERAL (
    SELECT DISTINCT ON (b.operation) b.operation, b.after FROM breaker_changes b WHERE b.business_id = a.business_id
    AND b.channel_account_id = a.id AND b.created_at > :day ORDER BY b.operation, b.created_at DESC) c
ON c.after <> 'closed' WHERE a.enabled GROUP BY 1, 2, a.name LIMIT 1000
""")
_DEAD = text("""
SELECT business_id, business_id AS subject_id, 'dead_letters' AS kind,
       jsonb_build_object('count', count(*), 'event', min(topic)) AS facts
FROM outbox_events WHERE status = 'dead' GROUP BY 1 LIMIT 1000
""")
_REFUNDS = text("""
SELECT t.business_id, t.id AS subject_id, 'refund_large' AS kind, jsonb_build_object('minor', t.amount_minor,
       'currency', t.currency, 'order', t.order_id, 'by', t.actor) AS facts
FROM businesses b JOIN payment_transactions t ON t.business_id = b.id AND t.kind = 'refund' AND t.status = 'succeeded'
    AND t.decided_at > :day AND t.amount_minor >= CAST(b.large_refunds ->> t.currency AS bigint)
WHERE b.large_refunds <> '{}' LIMIT 1000
""")
_STOCK = text("""
SELECT s.business_id, s.id AS subject_id, 'stock_low' AS kind,
       jsonb_build_object('code', s.code, 'left', s.stock - s.reserved) AS facts
FROM skus s WHERE s.low_stock IS NOT NULL AND s.active AND s.stock - s.reserved <= s.low_stock LIMIT 1000
""")


def raise_due() -> int:
    """Raise and end alerts of every business; how many were raised. Two at once do no harm."""
    now, known = _now(), _known()
    raised = 0
    for business_id in now.keys() | known.keys():
        is_so, open_ = now.get(business_id, {}), known.get(business_id, set())
        if is_so.keys() != open_:
            raised += _update(business_id, is_so, open_)
    return raised


def _now() -> dict[uuid.UUID, dict[Key, AlertFacts]]:
    day = clock.actual() - DAY
    found: dict[uuid.UUID, dict[Key, AlertFacts]] = defaultdict(dict)
    with db.system_reading():
        rows = [
            *db.rows(_ENDPOINTS, long=LONG, trouble=rules.TROUBLE),
            *db.rows(_APPROVALS),
            *db.rows(_CHANNELS, day=day),
            *db.rows(_DEAD),
            *db.rows(_REFUNDS, day=day),
            *db.rows(_STOCK),
        ]
        of_cases = list(case_alerts.find(clock.now()))
    for row in rows:
        found[row.business_id][row.kind, row.subject_id] = row.facts
    for business_id, kind, subject_id, facts in of_cases:
        found[business_id][kind, subject_id] = facts
    return found


def _known() -> dict[uuid.UUID, set[Key]]:
    known: dict[uuid.UUID, set[Key]] = defaultdict(set)
    with db.system_reading():
        open_ = select(alerts.c.business_id, alerts.c.kind, alerts.c.subject_id).where(alerts.c.ended_at.is_(None))
        for row in db.rows(open_.limit(50_000)):
            known[row.business_id].add((row.kind, row.subject_id))
    return known


def _update(business_id: uuid.UUID, is_so: dict[Key, AlertFacts], open_: set[Key]) -> int:
    moment, raised = clock.actual(), 0
    with db.phase("raise_alerts.update", business_id):
        for kind, subject_id in sorted(open_ - is_so.keys()):
            over = _of(business_id, kind, subject_id).where(alerts.c.ended_at.is_(None)).values(ended_at=moment)
            db.run(over)
        for kind, subject_id in sorted(is_so.keys() - open_):
            facts = is_so[kind, subject_id]
            pause = DAY if kind == "case_summary" else SAME_AGAIN
            again = _of(business_id, kind, subject_id).where(alerts.c.ended_at > moment - pause)
            if not db.run(again.values(ended_at=None, facts=facts)):
                db.add_once(Alert, kind=kind, subject_id=subject_id, facts=facts, ended_at=None)
                raised += 1
    return raised


def _of(business_id: uuid.UUID, kind: str, subject_id: uuid.UUID) -> Any:
    conditions = alerts.c.business_id == business_id, alerts.c.kind == kind, alerts.c.subject_id == subject_id
    return update(Alert).where(*conditions)
