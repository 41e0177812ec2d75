"""Giving a test business a clock of its own, and taking it away while it was never moved."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select

from app.core import db, states
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.accounts.clocks.errors import ClockState, LiveClock
from app.domain.accounts.clocks.models import TestClock
from app.domain.accounts.clocks.states import TEST_CLOCK, ClockStatus

clocks, businesses = db.table(TestClock), db.table(Business)


def create_test_clock(business_id: uuid.UUID, *, actor: str, clock_id: uuid.UUID | None = None) -> uuid.UUID:
    """Give the business a clock that shows everybody's time; its id. The same `clock_id` again changes nothing.

    Raises:
        NotFound: no such business. LiveClock: the business is live. ClockState: it has a test clock.
    """
    clock_id = clock_id or new_id()
    with db.phase("manage_test_clock.create", business_id):
        mode = db.scalar(select(businesses.c.mode).where(businesses.c.id == business_id))
        if mode is None:
            raise NotFound("not_found", "There is no such business.")
        if mode != "test":
            raise LiveClock("test_clock_live", "Only a test business can have a test clock.")
        known = db.scalar(select(clocks.c.id).where(clocks.c.business_id == business_id))
        if known == clock_id:
            return clock_id
        taken = ClockState("test_clock_exists", "This business has a test clock already.")
        if known is not None:
            raise taken
        db.write(db.new_row(TestClock, id=clock_id).on_conflict_do_nothing(), expect=1, otherwise=taken)
        states.born(TEST_CLOCK, clock_id, reason="created", actor=actor)
    return clock_id


def delete_test_clock(business_id: uuid.UUID, clock_id: uuid.UUID) -> None:
    """Take away a clock that was never advanced: the business keeps everybody's time, as before.

    Raises:
        NotFound: no such clock. ClockState: it was advanced, and time does not go back.
    """
    with db.phase("manage_test_clock.delete", business_id):
        mine = clocks.c.business_id == business_id, clocks.c.id == clock_id
        row = db.first(select(clocks).where(*mine).with_for_update())
        if row is None:
            raise NotFound("not_found", "There is no such test clock.")
        if row.ahead_ms or row.status != ClockStatus.READY:
            raise ClockState(
                "test_clock_moved",
                "This test clock was advanced, and time does not go back. For another start, open another business.",
            )
        db.run(delete(TestClock).where(*mine))
