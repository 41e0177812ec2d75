"""A command prints links to the Bursar that runs here, on whatever port it was started."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import flask, running


@pytest.fixture(autouse=True)
def nothing_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No port is set, and nothing runs."""
    monkeypatch.setattr(running, "FILE", tmp_path / "running")
    for name in ("PORT", "HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://[::1]:9000"])
def test_links_lead_to_what_runs(url: str) -> None:
    with running.RunLock(url):
        ports = flask.serving()

    assert ports.url(ports.web) == url


def test_without_any_the_default_is_meant() -> None:
    with running.RunLock("http://127.0.0.1:9000"):
        pass

    assert flask.serving().web == 8000


def test_a_port_that_is_set_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9500")

    with running.RunLock("http://127.0.0.1:9000"):
        assert flask.serving().web == 9500
