"""`make run` as a person meets it."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ops import child
from ops.paths import ROOT
from ops.process_group import responds
from ops.testing import env as test_env
from ops.testing import ports
from tests.ops import secrecy

pytestmark = pytest.mark.timeout(400)
LIMIT_S = 180


class Run:
    """One `make run` with its own var/ and ports, and what it has printed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.log = folder / f"run{port}-{len(list(folder.iterdir()))}.log"
        env = {**test_env.inherited(), "BURSAR_OPS": "ready", "BURSAR_VAR": str(folder / "var"), "PORT": str(port)}
        with self.log.open("wb") as output:
            self.process = child.start(
                [sys.executable, "-m", "ops", "run"],
                env={**env, "WEB_WORKERS": "1", "DEMO": "small"},
                cwd=ROOT,
                output=output,
            )

    def text(self) -> str:
        return self.log.read_text()

    def wait_for(self, words: str) -> None:
        found = child.wait_until(lambda: words in self.text() or self.process.poll() is not None, limit_s=LIMIT_S)
        assert found, self.text()
        assert words in self.text(), self.text()

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(LIMIT_S)


@pytest.fixture
def port() -> int:
    return ports.free(3)


@pytest.fixture
def run(tmp_path: Path, port: int) -> Iterator[Callable[[], Run]]:
    """A function that starts `make run`; always with the same data and ports."""
    started: list[Run] = []

    def start() -> Run:
        started.append(Run(tmp_path, port))
        return started[-1]

    yield start
    for each in started:
        child.stop(each.process, ask=signal.SIGTERM, patience_s=60)


@pytest.mark.early
def test_start_restart_stop_and_start_again(run: Callable[[], Run], tmp_path: Path) -> None:
    first = run()
    first.wait_for("Bursar is ready")
    family = psutil.Process(first.process.pid).children(recursive=True)
    web = next(process for process in family if "app.front" in " ".join(process.cmdline()))
    login = first.text().split("Portal")[1].split()[0] + "/login"
    assert responds(login)
    used = secrecy.use(login.removesuffix("/portal/login"), tmp_path / "var")

    web.kill()
    first.wait_for("web started again")
    assert child.wait_until(lambda: responds(login), limit_s=LIMIT_S)

    second = run()
    second.wait_for("is already running")
    assert second.process.wait(LIMIT_S) == 1
    assert first.end(signal.SIGTERM) == 0
    assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]

    third = run()
    third.wait_for("Bursar is ready")
    assert "Creating the demo business" in first.text()
    assert "Creating the demo business" not in third.text()
    assert secrecy.left_open(tmp_path / "var") == []
    assert third.end(signal.SIGINT) == 0
    assert len(used) >= 10
    assert secrecy.found_in(tmp_path / "var", used, but=secrecy.OWN_FILES) == []


def test_taken_port_is_reported_plainly(run: Callable[[], Run], port: int) -> None:
    with socket.create_server(("127.0.0.1", port + 2)):
        refused = run()
        refused.wait_for(f"port {port + 2}, meant for the simulator, is taken")

        assert refused.process.wait(LIMIT_S) == 1
