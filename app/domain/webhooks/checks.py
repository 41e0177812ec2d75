"""Invariants of deliveries."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.webhooks.states import DELIVERY, ENDPOINT

CHECKS = (
    Check(
        "I50",
        "each event has exactly one delivery for each endpoint subscribed at that moment, and for no other",
        """
        SELECT coalesce(w.business_id, d.business_id) AS business_id, coalesce(w.id, d.event_id) AS event_id,
               coalesce(w.endpoint_id, d.endpoint_id) AS endpoint_id, d.deliveries
        FROM (SELECT business_id, id, unnest(listener_ids) AS endpoint_id FROM outbox_events
              WHERE listener_ids IS NOT NULL AND fanned_out_at IS NOT NULL) w
        FULL JOIN (SELECT business_id, event_id, endpoint_id, count(*) AS deliveries FROM webhook_deliveries
                   WHERE origin = 'event' GROUP BY 1, 2, 3) d
        ON d.business_id = w.business_id AND d.event_id = w.id AND d.endpoint_id = w.endpoint_id
        WHERE d.deliveries IS DISTINCT FROM 1 OR w.id IS NULL
        """,
    ),
    Check(
        "I50b",
        "a webhook delivery belongs to its event, and a delivered one was acknowledged",
        """
        SELECT d.business_id, d.id, d.status, d.attempt_count FROM webhook_deliveries d
        JOIN outbox_events e ON e.business_id = d.business_id AND e.id = d.event_id
        WHERE (d.topic, d.object_id, d.sequence) <> (e.topic, e.aggregate_id, e.sequence)
           OR (d.status = 'delivered') <> (d.delivered_at IS NOT NULL)
           OR (d.status = 'delivered' AND d.http_status NOT BETWEEN 200 AND 299)
           OR (d.status = 'failed' AND d.attempt_count < (
               SELECT LEAST(b.webhook_attempts, (
                   SELECT min((v.changes -> 'webhook_attempts' ->> 'before')::int) FROM settings_versions v
                   WHERE v.business_id = d.business_id
               )) FROM businesses b WHERE b.id = d.business_id
           ))
        """,
    ),
    Check(
        "I50c",
        "an endpoint receives exactly the events it is subscribed to, until it is removed",
        """
        SELECT coalesce(e.business_id, l.business_id) AS business_id, coalesce(e.id, l.id) AS id, e.status
        FROM webhook_endpoints e FULL JOIN event_listeners l ON l.business_id = e.business_id AND l.id = e.id
        WHERE l.topics IS DISTINCT FROM CASE WHEN e.status <> 'removed' THEN e.topics END
        """,
    ),
    replayed(ENDPOINT, "I20-whe"),
    replayed(DELIVERY, "I20-whd"),
)
