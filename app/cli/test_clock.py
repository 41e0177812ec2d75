"""flask test-clock show and advance: the time of a test business, from a terminal beside the running installation."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, datetime, timedelta

import click

from app.cli.plain import Plain
from app.core import ids
from app.read.operations import test_clocks as read
from app.workflow.operations import advance_test_clock, manage_test_clock

_SPAN = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_BY = "flask test-clock"
PAUSE_S = 0.5


@click.group("test-clock")
def test_clock() -> None:
    """The time of a test business."""


@test_clock.command("show", cls=Plain)
@click.argument("business_id")
def show(business_id: str) -> None:
    """Print the time of BUSINESS_ID, and whether it is advancing."""
    click.echo(_line(read.of_business(ids.parse("biz", business_id))))


@test_clock.command("advance", cls=Plain)
@click.argument("business_id")
@click.argument("to")
@click.option("--wait", "wait_s", default=600, help="For how many seconds to wait until it has arrived.")
def advance(business_id: str, to: str, wait_s: int) -> None:
    """Advance BUSINESS_ID by TO, such as 90m, 36h or 30d, or to a moment such as 2030-01-31T09:00:00Z, and wait. Makes
    the test clock where there is none."""
    known = ids.parse("biz", business_id)
    if read.find(known) is None:
        manage_test_clock.create_test_clock(known, actor=_BY)
    advance_test_clock.advance_test_clock(known, _moment(to, known), actor=_BY)
    ends_s = time.monotonic() + wait_s
    while (found := read.of_business(known)).is_advancing and time.monotonic() < ends_s:
        time.sleep(PAUSE_S)
    click.echo(_line(found))
    if found.error:
        raise click.ClickException(f"It stopped on the way: {found.error}.")
    if found.is_advancing:
        raise click.ClickException("It is still advancing. Is a worker running?")


def _moment(text: str, business_id: uuid.UUID) -> datetime:
    span = _SPAN.fullmatch(text)
    if span is not None:
        return read.of_business(business_id).now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("Give a span such as 30d, or a moment such as 2030-01-31T09:00:00Z.") from error
    return typed if typed.tzinfo else typed.replace(tzinfo=UTC)


def _line(found: read.ClockNow) -> str:
    return f"{found.now.isoformat(timespec='seconds')}  {found.status}"
