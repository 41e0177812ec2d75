from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ops import child
from ops.paths import ROOT

# Writes a line when it loads, one from each copy, and then does what it is told.
PROGRAM = """
import os, sys, time
from app.core.process import copies
from app.core.process.copies import Part

copies.STEADY_S = 0.5

def say(text):
    with open(sys.argv[1], "a") as file:
        file.write(text + "\\n")

def serve(name):
    say(f"{name} {os.getpid()}")
    if sys.argv[2] == "dies":
        sys.exit(3)
    time.sleep(60)

say(f"loaded {os.getpid()}")
sys.exit(copies.supervise([Part(n, lambda n=n: serve(n)) for n in ("one", "two")], patience_s=5))
"""
Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def start(log: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def program(mode: str) -> subprocess.Popen[bytes]:
        started.append(child.start([sys.executable, "-c", PROGRAM, str(log), mode], cwd=ROOT))
        return started[-1]

    yield program
    for each in started:
        child.kill(each)


def _lines(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def _wait_for(log: Path, count: int) -> dict[str, int]:
    assert child.wait_until(lambda: len(_lines(log)) >= count, limit_s=30), _lines(log)
    return {name: int(pid) for name, pid in _lines(log)}


def test_code_is_loaded_once_for_all_copies(start: Start, log: Path) -> None:
    process = start("lives")

    found = _wait_for(log, 3)

    assert found["loaded"] == process.pid
    assert {psutil.Process(found[name]).ppid() for name in ("one", "two")} == {process.pid}
    assert [name for name, _ in _lines(log)].count("loaded") == 1


def test_copy_that_is_killed_is_begun_again_and_the_others_stay(start: Start, log: Path) -> None:
    start("lives")
    before = _wait_for(log, 3)
    child.wait_until(lambda: False, limit_s=1)  # now they were steady

    os.kill(before["one"], signal.SIGKILL)
    after = _wait_for(log, 4)

    assert after["one"] != before["one"]
    assert psutil.pid_exists(before["two"])
    assert after["two"] == before["two"]


def test_all_end_when_one_cannot_even_begin(start: Start) -> None:
    assert start("dies").wait(30) == 3


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_copies_end_with_their_parent(how: signal.Signals, start: Start, log: Path) -> None:
    process = start("lives")
    found = _wait_for(log, 3)

    process.send_signal(how)
    process.wait(30)

    removed = child.wait_until(lambda: not any(psutil.pid_exists(found[n]) for n in ("one", "two")), limit_s=30)
    assert removed
