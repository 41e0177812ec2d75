"""What must hold between events, what they tell of, and who handled them."""

from __future__ import annotations

from app.core.invariants import Check

CHECKS = (
    Check(
        "I24",
        "every paid, closed, fulfilled, completed and refunded order has its event, and every event its fact",
        """
        SELECT s.business_id, s.row_id, s.to_state, e.topic FROM (
            SELECT business_id, row_id, to_state, count(*) AS steps FROM state_changes WHERE machine = 'order'
            AND to_state IN ('paid', 'closed', 'fulfilled', 'completed', 'refunded')
            AND from_state <> 'refunding' OR (machine = 'order' AND to_state = 'refunded') GROUP BY 1, 2, 3) s
        FULL JOIN (
            SELECT business_id, aggregate_id, topic, count(*) AS events FROM outbox_events WHERE topic IN
            ('order.paid', 'order.closed', 'order.fulfilled', 'order.completed', 'order.refunded') GROUP BY 1, 2, 3) e
        ON e.business_id = s.business_id AND e.aggregate_id = s.row_id AND e.topic = 'order.' || s.to_state
        WHERE s.steps IS DISTINCT FROM e.events
        """,
    ),
    Check(
        "I25",
        "a finished event was processed by each of its handlers exactly once",
        """
        SELECT e.business_id, e.id, e.topic FROM outbox_events e
        WHERE e.status = 'done' AND e.topic IN ('channel_notice.contract_received',
            'channel_notice.dispute_received', 'channel_notice.payment_method_received', 'contract.active',
            'contract.changed', 'contract.ended', 'contract.refund_due', 'contract.trialing', 'contract.updated',
            'cycle.payment_failed', 'delivery.failed', 'dispute.accepted', 'dispute.closed', 'dispute.lost',
            'dispute.opened', 'dispute.partly_lost', 'dispute.won', 'order.clearing_due', 'order.coupons_due',
            'order.paid', 'order.refund_failed', 'order.refunded', 'parcel.shipped', 'refund.succeeded',
            'payment.surplus')
          AND left(coalesce(e.error, ''), 11) <> 'discarded: '  -- left for good, by hand
          AND NOT EXISTS (SELECT 1 FROM handled_events h WHERE h.business_id = e.business_id AND h.event_id = e.id)
        """,
    ),
    Check(
        "I26",
        "the events of one object are numbered 1, 2, 3 without a gap",
        "SELECT business_id, aggregate_id FROM outbox_events GROUP BY 1, 2"
        " HAVING min(sequence) <> 1 OR max(sequence) <> count(*)",
    ),
    Check(
        "I26b",
        "no event was set aside",
        "SELECT business_id, id, topic, error FROM outbox_events WHERE status = 'dead'",
    ),
)
