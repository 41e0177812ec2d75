"""Which demo `make run` shows, and whether it has its history."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import demo
from ops.console import OpsError
from ops.environment import Ports
from ops.processes import everything

KNOWN = {"business_id": "biz_01m85h0pe5edbttgx33g7knxyw"}


@pytest.mark.parametrize(
    ("asked", "size"), [("", demo.FULL), ("1", demo.FULL), ("full", demo.FULL), ("small", demo.SMALL), ("0", demo.NONE)]
)
def test_the_size_is_what_demo_asks_for(monkeypatch: pytest.MonkeyPatch, asked: str, size: str) -> None:
    monkeypatch.setenv("DEMO", asked)

    assert demo.size() == size


def test_another_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "huge")

    with pytest.raises(OpsError, match="full, small or 0"):
        demo.size()


@pytest.mark.parametrize(
    ("log", "is_there"),
    [(None, False), ("", False), ("Traceback …\nno luck\n", False), ('a warning\n{"orders": 840}\n', True)],
)
def test_the_history_is_there_once_its_log_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log: str | None, is_there: bool
) -> None:
    monkeypatch.setattr("ops.environment.VAR", tmp_path)
    (tmp_path / "log").mkdir()
    if log is not None:
        demo.history_log(KNOWN).write_text(log)

    assert demo.has_history(KNOWN) is is_there


def test_the_shop_is_started_with_a_demo_only() -> None:
    ports = Ports("127.0.0.1", 9000)

    names = [{each.name for each in everything(ports, workers=1, has_demo=has_demo)} for has_demo in (True, False)]

    assert names[0] - names[1] == {"shop"}
