"""What must hold of times, across nouns."""

from __future__ import annotations

from app.core.invariants import Check

CHECKS = (
    Check(
        "I40",
        "nothing was created in the future",
        # Ids have the time of no test in them: where the clock was moved, they are those of the real one.
        """
        SELECT o.business_id, o.id FROM orders o LEFT JOIN test_clocks c ON c.business_id = o.business_id
            WHERE o.created_at > CAST(:now AS timestamptz) + interval '5 seconds'
                + coalesce(c.ahead_ms, 0) * interval '1 millisecond'
        UNION ALL SELECT business_id, id FROM orders
            WHERE id > CAST(:ahead AS uuid) AND get_byte(uuid_send(id), 6) >> 4 = 7
        UNION ALL SELECT business_id, id FROM payment_transactions
            WHERE id > CAST(:ahead AS uuid) AND get_byte(uuid_send(id), 6) >> 4 = 7
        UNION ALL SELECT business_id, id FROM payment_attempts
            WHERE id > CAST(:ahead AS uuid) AND get_byte(uuid_send(id), 6) >> 4 = 7
        UNION ALL SELECT business_id, id FROM ledger_journals
            WHERE id > CAST(:ahead AS uuid) AND get_byte(uuid_send(id), 6) >> 4 = 7
        UNION ALL SELECT business_id, id FROM state_changes
            WHERE id > CAST(:ahead AS uuid) AND get_byte(uuid_send(id), 6) >> 4 = 7
        """,
    ),
)
