from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest

from app.core import clock as real_clock


def test_now_is_aware_and_in_utc() -> None:
    assert real_clock.now().tzinfo is UTC


def test_a_moved_clock_stays_moved_and_moves_add_up(clock: Any) -> None:
    before = clock.now()

    clock.move(3600)
    clock.move(1800)

    assert timedelta(0) <= clock.now() - before - timedelta(seconds=5400) < timedelta(seconds=600)


def test_an_installation_without_a_clock_file_keeps_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BURSAR_CLOCK_FILE", raising=False)
    real_clock.find_file()

    with pytest.raises(RuntimeError, match="BURSAR_CLOCK_FILE"):
        real_clock.move(1)
