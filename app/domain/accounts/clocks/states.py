"""The edges of test clocks."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.accounts.clocks.models import TestClock


class ClockStatus(StrEnum):
    """Whether a test clock is on its way to another time."""

    READY = "ready"
    ADVANCING = "advancing"
    INTERNAL_FAILURE = "internal_failure"


TEST_CLOCK = Machine(
    name="test_clock",
    model=TestClock,
    initial=ClockStatus.READY,
    edges={
        (ClockStatus.READY, ClockStatus.ADVANCING): "test_clock.advancing",
        (ClockStatus.ADVANCING, ClockStatus.READY): "test_clock.ready",
        (ClockStatus.ADVANCING, ClockStatus.INTERNAL_FAILURE): "test_clock.internal_failure",
        # Going on from where it stopped.
        (ClockStatus.INTERNAL_FAILURE, ClockStatus.ADVANCING): "test_clock.advancing",
    },
)
