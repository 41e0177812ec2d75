"""How long an endpoint asks us to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.webhooks.rules import deferred_until

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("900", 900),
        ("0", 0),
        ("999999999", 86_400),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600),
        ("Sun, 01 Mar 2026 13:10:00 +0100", 600),
        ("Wed, 01 Apr 2026 12:00:00 GMT", 86_400),
    ],
)
def test_seconds_and_dates_are_obeyed_for_a_day_at_most(text: str, seconds: int) -> None:
    assert deferred_until(text, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "1.5", "1" * 40, "Sun, 01 Mar 2026 11:00:00 GMT", "Sun, 99 Mar 2026 12:00:00 GMT", "²"]
)
def test_anything_else_says_nothing(text: str) -> None:
    assert deferred_until(text, NOW) is None
