"""The only source of "now": the database's clock, which all processes share, whatever the clock of a host says.

Each process learns how far the database's clock is ahead of its own count of time from transactions that it opens
anyway (see core/db/phases.py), about once a second; the error is at most half a round trip. In test mode the clock can
be moved, for every process at once, through a small file; `real_s` and `real_ns` are never moved.

A business with a test clock has a time of its own, ahead of everybody's: `now` is the time of whoever the present work
is for, `actual` everybody's. What keeps people and programs out, and what is sent to them, goes by `actual`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

# A host whose own clock is off by more takes no work (see clock_check).
MAX_OFF_S = 2.0
_EVERY_NS = 1_000_000_000
_DRIFT = 100e-6  # by which a count of time may go wrong, as a share of what it counts
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)
_FILE = "BURSAR_CLOCK_FILE"
# What the first statement of a transaction asks, in front of the rest.
ASK = "extract(epoch FROM clock_timestamp())::float8"
# Counts on while the machine sleeps, and nobody sets it.
_COUNT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True)
class _Sample:
    """By how much the database's clock is ahead of our count of time, give or take `within_ns` when it was taken."""

    ahead_ns: int
    within_ns: int
    taken_ns: int

    def within_now_ns(self, count_ns: int) -> int:
        return self.within_ns + int((count_ns - self.taken_ns) * _DRIFT)


# In test mode: where it stands by how much the clock was moved. To look into the environment costs more than to count.
_file: str | None = os.environ.get(_FILE) or None
_known: _Sample | None = None
_asked_ns = 0
# Whose time `now` is: the business of the open transaction or, outside of one, of the present work (see context).
whose: ContextVar[object] = ContextVar("whose_time", default=None)
# By how many seconds the times of businesses with a test clock are ahead, by whatever they are called.
_ahead_s: dict[object, float] = {}


def now() -> datetime:
    """The moment for whoever the present work is for, aware, in UTC."""
    return actual() + timedelta(seconds=_ahead_s.get(whose.get(), 0.0)) if _ahead_s else actual()


def actual() -> datetime:
    """The moment whatever a test clock says, aware, in UTC."""
    moment = _BEGAN + timedelta(microseconds=real_ns() // 1000)
    return moment if _file is None else moment + timedelta(seconds=_offset_s())


def hear_ahead(ahead_s: Mapping[object, float]) -> None:
    """Take in what test clocks said. None goes back, so an answer that was overtaken by a later one changes nothing."""
    for name, seconds in ahead_s.items():
        _ahead_s[name] = max(seconds, _ahead_s.get(name, 0.0))


def has_own(business: object) -> bool:
    """Whether this business is known to have a test clock: it may be moved at any moment."""
    return business in _ahead_s


def ahead_of(business: object) -> timedelta:
    """By how much the time of this business is ahead of everybody's, as far as is known."""
    return timedelta(seconds=_ahead_s.get(business, 0.0))


def real_ns() -> int:
    """Nanoseconds since 1970 by the database's clock, which no test moves; until it was asked, by the host's."""
    known = _known
    return time.time_ns() if known is None else count_ns() + known.ahead_ns


def real_s() -> float:
    """Seconds since 1970, as `real_ns`: for what others compare with their own clocks."""
    return real_ns() / 1e9


def count_ns() -> int:
    """Our count of time: no date, only what has passed."""
    return time.clock_gettime_ns(_COUNT)


def is_due() -> bool:
    """Whether the next transaction should bring the database's time along."""
    return count_ns() - _asked_ns > _EVERY_NS or _known is None


def hear(database_s: float, *, sent_ns: int) -> None:
    """Take in the answer to ASK, which has just come."""
    observe(database_s, sent_ns=sent_ns, received_ns=count_ns())


def observe(database_s: float, *, sent_ns: int, received_ns: int) -> None:
    """Take in what the database's clock said between two counts of ours. The most exact sample is kept, unless a later
    one contradicts it: then the database's clock was set."""
    global _known, _asked_ns
    _asked_ns = received_ns
    middle_ns = (sent_ns + received_ns) // 2
    fresh = _Sample(int(database_s * 1e9) - middle_ns, (received_ns - sent_ns) // 2 + 1000, received_ns)
    known = _known
    if known is not None:
        within_ns = known.within_now_ns(received_ns)
        if fresh.within_ns > within_ns and abs(fresh.ahead_ns - known.ahead_ns) <= fresh.within_ns + within_ns:
            return
    _known = fresh


def host_off_s() -> float:
    """By how much the host's own clock is ahead of the database's; 0 until the database was asked."""
    return 0.0 if _known is None else time.time() - real_s()


def is_known() -> bool:
    """Whether the database was asked for its time."""
    return _known is not None


def forget() -> None:
    """Begin again, as a process that has just started."""
    global _known, _asked_ns
    _known, _asked_ns = None, 0
    _ahead_s.clear()


def find_file() -> None:
    """Look again in the environment whether the clock can be moved."""
    global _file
    _file = os.environ.get(_FILE) or None


def move(seconds: float) -> None:
    """Move the clock of every process of this installation on by `seconds`.

    Raises:
        RuntimeError: this installation's clock cannot be moved (BURSAR_CLOCK_FILE is not set).
    """
    if _file is None:
        raise RuntimeError("the clock can be moved in test mode only (BURSAR_CLOCK_FILE)")
    moved = _offset_s() + seconds
    fresh = Path(f"{_file}.{os.getpid()}")
    fresh.write_text(str(moved))
    fresh.replace(_file)


def _offset_s() -> float:
    if _file is None:
        return 0.0
    try:
        return float(Path(_file).read_text())
    except FileNotFoundError:
        return 0.0
