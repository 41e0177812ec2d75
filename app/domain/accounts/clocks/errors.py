"""What test clocks refuse."""

from __future__ import annotations

from app.core.errors import Conflict, Denied


class LiveClock(Denied):
    """A live business has the time that everybody has."""

    default_code = "test_clock_live"


class ClockState(Conflict):
    """The clock is advancing, was advanced before, or is there already."""

    default_code = "test_clock_state"
