"""A web process whose host's clock is wrong answers operators, and nobody else."""

from flask import Flask, request

from app.api.ops.requests import QUIET
from app.core import clock, clock_check
from app.core.errors import Unavailable

RETRY_AFTER_S = 5


def install(app: Flask) -> None:
    """Asks before each request; costs no round trip, as transactions bring the database's time along."""
    app.before_request(_refuse_while_wrong)


def _refuse_while_wrong() -> None:
    if request.path.startswith(QUIET):
        return
    if not clock.is_known():
        clock_check.check()
    if not clock_check.is_clock_right():
        # Asked again: it may be the database's clock that was set, or this one put right.
        clock_check.check()
        if not clock_check.is_clock_right():
            details = {"retry_after_s": RETRY_AFTER_S}
            raise Unavailable("unavailable", "This server’s clock is wrong. Try again in a moment.", details=details)
