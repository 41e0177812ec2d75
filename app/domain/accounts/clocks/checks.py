"""What must hold of test clocks."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.accounts.clocks.states import TEST_CLOCK

# An event is due at once, by everybody's time, and is dated by its business's. A retry is due later still.
_DATED = (
    "SELECT e.business_id, e.id, e.created_at, e.due_at FROM outbox_events e"
    " {join} JOIN test_clocks c ON c.business_id = e.business_id"
    " WHERE e.created_at > e.due_at + interval '5 seconds' {rest}"
)

CHECKS = (
    replayed(TEST_CLOCK, "I20-tcl"),
    Check(
        "I155",
        "only a test business has a test clock",
        "SELECT c.business_id, c.id FROM test_clocks c JOIN businesses b ON b.id = c.business_id"
        " WHERE b.mode <> 'test'",
    ),
    Check(
        "I156",
        "the time of a business never goes back: nothing is dated after what its test clock says",
        _DATED.format(join="", rest="+ c.ahead_ms * interval '1 millisecond'"),
    ),
    Check(
        "I157",
        "only its own business sees a test clock: nothing of another is dated in the future",
        _DATED.format(join="LEFT", rest="AND c.id IS NULL AND e.created_at > now()"),
    ),
)
