"""Whether this host's clock is right: one that is off takes no work until it is right again.

What we decide goes by the database's clock (see clock). Yet libraries, certificates and logs on this host go by its
own, and whoever looks after the host must hear of it.
"""

from __future__ import annotations

import time

from app.core import clock, db
from app.core.errors import Unavailable
from app.core.log import get_logger
from app.core.process import heartbeats

_REPORT_EVERY_S = 2.0  # less often than heartbeats forget it

_was_right = True
_reported_s: dict[str, float] = {}


def check() -> None:
    """Ask the database for its time, unless that was done a moment ago or it is away."""
    if clock.is_due():
        try:
            with db.system_reading():
                db.begin()
        except Unavailable:
            return  # what was known before goes on


def is_clock_right() -> bool:
    """Whether the host's clock agrees with the database's, as far as is known; a change is logged."""
    global _was_right
    off_s = clock.host_off_s()
    right = abs(off_s) <= clock.MAX_OFF_S
    if right != _was_right:
        _was_right = right
        log = get_logger()
        (log.info if right else log.error)("clock_right" if right else "clock_wrong", off_s=round(off_s, 3))
    return right


def may_work(process: str = "") -> bool:
    """Whether a process that looks for work may take some: asks the database first. One that may not is named, by
    what it is called here, to those who look at how the installation's processes are."""
    check()
    right = is_clock_right()
    if process:
        _report(process, right=right)
    return right


def _report(process: str, *, right: bool) -> None:
    moment_s = time.monotonic()
    if right and _reported_s.pop(process, None) is not None:
        heartbeats.report_clock(process, None)
    elif not right and moment_s - _reported_s.get(process, -_REPORT_EVERY_S) >= _REPORT_EVERY_S:
        _reported_s[process] = moment_s
        heartbeats.report_clock(process, clock.host_off_s())
