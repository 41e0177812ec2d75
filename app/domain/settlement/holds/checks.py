"""Invariants of settlement holds. Moments of two processes are compared, whose clocks differ a little."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.settlement.holds.states import SETTLEMENT_HOLD

_ABOUT = """(h.partner_id IS NULL OR h.partner_id = e.partner_id) AND (h.order_id IS NULL OR h.order_id = e.order_id)
            AND (h.line_id IS NULL OR h.line_id = e.line_id)"""
CHECKS = (
    Check(
        "I243",
        "no batch was closed with what was on hold then",
        f"""
        SELECT b.business_id, b.id, h.id AS hold_id, e.id AS entry_id FROM settlement_holds h
        JOIN clearing_entries e ON e.business_id = h.business_id AND {_ABOUT}
        JOIN settlement_items i ON i.business_id = e.business_id AND i.id = e.id
        JOIN settlement_batches b ON b.business_id = i.business_id AND b.id = i.batch_id
        WHERE b.created_at BETWEEN h.held_at + interval '1 second'
            AND coalesce(h.released_at, 'infinity') - interval '1 second'
        """,
    ),
    Check(
        "I244",
        "no payment of a batch began while something of it was on hold",
        f"""
        SELECT DISTINCT b.business_id, b.id, h.id AS hold_id FROM settlement_holds h
        JOIN settlement_batches b ON b.business_id = h.business_id
        JOIN state_changes c ON c.business_id = b.business_id AND c.machine = 'settlement_batch' AND c.row_id = b.id
            AND c.to_state = 'paying' AND c.created_at BETWEEN h.held_at + interval '1 second'
                AND coalesce(h.released_at, 'infinity') - interval '1 second'
        WHERE (h.partner_id = b.partner_id AND h.order_id IS NULL) OR EXISTS (
            SELECT FROM settlement_items i JOIN clearing_entries e ON e.business_id = i.business_id AND e.id = i.id
            WHERE i.business_id = b.business_id AND i.batch_id = b.id AND {_ABOUT})
        """,
    ),
    replayed(SETTLEMENT_HOLD, "I20-shd"),
)
