"""Advancing a test clock: from one moment at which something is due to the next, doing it there, until the wanted time.

Where it is stands in the database after every step, so whoever takes over from a process that died goes on from there.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from app.core import clock, context, db, outbox, states
from app.core.db import own_times
from app.core.errors import Invalid, NotFound, Unavailable
from app.core.ids import new_id
from app.core.log import get_logger
from app.domain.accounts.clocks import rules
from app.domain.accounts.clocks.errors import ClockState
from app.domain.accounts.clocks.models import TestClock
from app.domain.accounts.clocks.states import TEST_CLOCK, ClockStatus
from app.workflow.operations import due_timers
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS

TURN_S = 5.0  # for one business, while others wait
LEASE = timedelta(seconds=40)
LOOK_EVERY = timedelta(days=1)
MAX_ROUNDS = 20  # at one moment: what is done may make something else due at once
MAX_ERROR = 500
clocks = db.table(TestClock)


def advance_test_clock(business_id: uuid.UUID, to: datetime, *, actor: str, clock_id: uuid.UUID | None = None) -> None:
    """Begin to move the clock of this business on to `to`; workers carry it on. One that failed goes on from where it
    stopped.

    Raises:
        NotFound: the business has no test clock, or not this one. ClockState: it is advancing already.
        Invalid: the time is not after the business's, or too far ahead.
    """
    with db.phase("advance_test_clock.begin", business_id):
        row = _lock(clock_id)
        if row.status == ClockStatus.ADVANCING:
            raise ClockState("test_clock_advancing", "The test clock is advancing already. Wait until it is ready.")
        _check(to)
        changed: dict[str, Any] = {"target_at": to, "requested_at": clock.actual(), "steps": 0, "error": ""}
        states.advance(TEST_CLOCK, row, ClockStatus.ADVANCING, reason="requested", actor=actor, **changed)


def _check(to: datetime) -> None:
    now = clock.now()
    if to <= now:
        problem = "The time must be after the business’s present time; a test clock never goes back."
    elif to - now > rules.MAX_ADVANCE:
        problem = f"A test clock advances by at most {rules.MAX_ADVANCE.days} days at once."
    elif to - clock.actual() > rules.MAX_AHEAD:
        problem = f"A test clock can be at most {rules.MAX_AHEAD.days} days ahead."
    else:
        return
    raise Invalid("invalid_test_clock_time", problem, details={"param": "time"})


def run_due() -> int:
    """Carry on with every clock that is advancing, for a moment each, and do what is due for the businesses of all
    others; how much was done. Safe to run twice at once."""
    moved = or_(clocks.c.ahead_ms > 0, clocks.c.status == ClockStatus.ADVANCING)
    with db.system_reading():
        rows = db.rows(select(clocks).where(moved).order_by(clocks.c.requested_at.nulls_last(), clocks.c.id).limit(500))
    done = 0
    for row in rows:
        with context.item(business_id=str(row.business_id)):
            try:
                if row.status != ClockStatus.ADVANCING:
                    done += keep_time(row.business_id)
                elif row.ahead_ms or clock.actual() >= (row.requested_at or row.created_at) + rules.SPREADS_IN:
                    done += carry_on(row.business_id)
            except Unavailable:
                raise
            except Exception as error:  # one business's trouble is its own
                get_logger().warning("test_clock_failed", error=repr(error))
    return done


def keep_time(business_id: uuid.UUID) -> int:
    """Do what is due by the business's time, which goes on by itself; how much was done."""
    with db.narrowed_to(business_id):
        return sum(timer.work() for timer in due_timers.due_now(business_id))


def carry_on(business_id: uuid.UUID, *, for_s: float = TURN_S) -> int:
    """Move a clock that is advancing on from moment to moment, for a while; how many of them. Nothing is done when
    another process is at it."""
    ends_s, steps, holder = time.monotonic() + for_s, 0, new_id()
    while time.monotonic() < ends_s and (row := _claim(business_id, holder)) is not None:
        own_times.hear(business_id, row.ahead_ms)
        try:
            with db.narrowed_to(business_id):
                _step(row, is_first=not steps)
        except Unavailable:
            raise
        except Exception as error:
            get_logger().warning("test_clock_failed", error=repr(error), exc_info=True)
            _fail(business_id, repr(error))
            return steps
        steps += 1
    _let_go(business_id, holder)
    return steps


def _claim(business_id: uuid.UUID, holder: uuid.UUID) -> TestClock | None:
    """The clock as it is now, which nobody else moves for the time of a step; None when it is not advancing any more,
    or somebody else has it."""
    moment = clock.actual()
    free = or_(clocks.c.claimed_by.is_(None), clocks.c.claimed_by == holder, clocks.c.claimed_until <= moment)
    conditions = clocks.c.business_id == business_id, clocks.c.status == ClockStatus.ADVANCING, free
    claim = update(TestClock).where(*conditions).values(claimed_by=holder, claimed_until=moment + LEASE)
    with db.phase("advance_test_clock.claim", business_id):
        if not db.run(claim):
            return None
        return db.first(select(clocks).where(clocks.c.business_id == business_id))


def _let_go(business_id: uuid.UUID, holder: uuid.UUID) -> None:
    conditions = clocks.c.business_id == business_id, clocks.c.claimed_by == holder
    with db.phase("advance_test_clock.let_go", business_id):
        db.run(update(TestClock).where(*conditions).values(claimed_by=None, claimed_until=None))


def _step(row: TestClock, *, is_first: bool) -> None:
    """One moment: the next at which something is due, or at which somebody looks, or the end. The first of a process is
    the present one, at which another may have died."""
    business_id, target, moment = row.business_id, row.target_at or clock.now(), clock.now()
    if not is_first:
        due_at = due_timers.next_due(business_id, moment)
        moment = min(each for each in (due_at, moment + LOOK_EVERY, target) if each is not None)
        _move(business_id, moment)
    _work_off(business_id)
    if row.steps >= rules.MAX_STEPS:
        _fail(business_id, f"more than {rules.MAX_STEPS} moments at which something was due; advance by less at once")
    elif moment >= target:
        _finish(business_id)


def _move(business_id: uuid.UUID, moment: datetime) -> None:
    """The business's time is this moment, or later; it never goes back."""
    with db.phase("advance_test_clock.move", business_id):
        row = _lock(None)
        # Up to the next millisecond, so that what is due at the moment is due.
        ahead_ms = max(row.ahead_ms, int((moment - clock.actual()) / timedelta(milliseconds=1)) + 1)
        db.write(db.change(TestClock, row.id, ahead_ms=ahead_ms, steps=row.steps + 1), expect=1)


def _work_off(business_id: uuid.UUID) -> None:
    """Do what is due, what follows from it, and what is due because of that."""
    for number in range(MAX_ROUNDS):
        timers = due_timers.due_now(business_id)
        if number == 0:
            looks = [timer for timer in due_timers.TIMERS if timer.job == due_timers.LOOKS]
            timers = [*(timer for timer in timers if timer.job != due_timers.LOOKS), *looks]
        done = sum(timer.work() for timer in timers)
        if not done + outbox.drain(business_id, SUBSCRIBERS, BATCHES):
            return


def _finish(business_id: uuid.UUID) -> None:
    with db.phase("advance_test_clock.finish", business_id):
        row = _lock(None)
        if row.status == ClockStatus.ADVANCING:
            over: dict[str, Any] = {"target_at": None, "requested_at": None, "claimed_by": None, "claimed_until": None}
            states.advance(TEST_CLOCK, row, ClockStatus.READY, reason="arrived", actor="system", **over)


def _fail(business_id: uuid.UUID, error: str) -> None:
    with db.phase("advance_test_clock.fail", business_id):
        row = _lock(None)
        if row.status == ClockStatus.ADVANCING:
            said: dict[str, Any] = {"error": error[:MAX_ERROR], "claimed_by": None, "claimed_until": None}
            states.advance(TEST_CLOCK, row, ClockStatus.INTERNAL_FAILURE, reason="failed", actor="system", **said)


def _lock(clock_id: uuid.UUID | None) -> TestClock:
    row = db.first(select(clocks).where(clocks.c.business_id == db.here()).with_for_update())
    if row is None or clock_id not in (None, row.id):
        raise NotFound("not_found", "There is no such test clock.")
    return row
