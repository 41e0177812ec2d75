"""What a command cannot do it says in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask


def test_clock_that_cannot_be_moved_is_reported_in_a_sentence(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BURSAR_CLOCK_FILE", raising=False)

    result = app.test_cli_runner().invoke(args=["move-clock", "3600"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: This installation’s clock cannot be moved.")
    assert "BURSAR_CLOCK_FILE" in result.output


def test_clock_moves_both_ways_where_it_may(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BURSAR_CLOCK_FILE", str(tmp_path / "clock"))

    forth = app.test_cli_runner().invoke(args=["move-clock", "7200"])
    back = app.test_cli_runner().invoke(args=["move-clock", "-3600"])

    assert (forth.exit_code, back.exit_code) == (0, 0)
    assert float((tmp_path / "clock").read_text()) == 3600


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e30", "soon"])
def test_no_moment_is_taken_that_does_not_exist(
    seconds: str, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BURSAR_CLOCK_FILE", str(tmp_path / "clock"))

    result = app.test_cli_runner().invoke(args=["move-clock", seconds])

    assert result.exit_code == 2
    assert not (tmp_path / "clock").exists()


def test_clock_file_that_cannot_be_written_is_reported(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BURSAR_CLOCK_FILE", str(tmp_path / "nowhere" / "clock"))

    result = app.test_cli_runner().invoke(args=["move-clock", "60"])

    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_unknown_id_is_reported_in_a_sentence(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["metrics", "recount", "biz_nonsense"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.exception is None or isinstance(result.exception, SystemExit)
