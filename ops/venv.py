"""The project's own Python environment, `.venv`: made once, brought up to date when a lock file changes."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from ops.console import OpsError, print_line, step
from ops.paths import ROOT, VENV

PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".bursar-requirements.json"
RUNTIME = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
NO_VENV = """this Python ({python}) cannot make an environment: its venv or pip module is missing.
  On Debian:  apt-get install python3-venv
  Or name another Python:  make {command} PYTHON=/path/to/python3.11"""


def prepare(command: str, *, development: bool) -> None:
    """Make `.venv` hold what the lock files say; instant when it already does.

    Raises:
        OpsError: no environment can be made here, or a package could not be installed.
    """
    with _one_at_a_time():
        if _stamp_fits(development=development):
            return
        if not _works():
            with step("Creating the Python environment"):
                _make(command)
        lock = DEVELOPMENT if development else RUNTIME
        with step(f"Installing {_count(lock)} packages"):
            _install(lock)
        hashes = {RUNTIME.name: _hash(RUNTIME)}
        if development:
            hashes[DEVELOPMENT.name] = _hash(DEVELOPMENT)
        STAMP.write_text(json.dumps(hashes))


def become(arguments: list[str]) -> NoReturn:
    """Go on as the environment's Python with the same command."""
    os.environ |= {"BURSAR_OPS": "ready", "PYTHONDONTWRITEBYTECODE": ""}
    os.execv(PYTHON, [str(PYTHON), "-m", "ops", *arguments])  # noqa: S606


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    try:
        lock = (ROOT / ".venv.lock").open("w")
    except OSError as error:
        raise OpsError(f"cannot write in {ROOT}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print_line("  Waiting for another set-up of this checkout …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _count(lock: Path) -> int:
    return sum(1 for line in lock.read_text().splitlines() if "==" in line)


def _stamp_fits(*, development: bool) -> bool:
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    needed = [RUNTIME, DEVELOPMENT] if development else [RUNTIME]
    return _works() and all(found.get(file.name) == _hash(file) for file in needed)


def _works() -> bool:
    return PYTHON.exists() and _run([str(PYTHON), "-c", "import pip"]).returncode == 0


def _make(command: str) -> None:
    if VENV.exists() and not VENV.is_symlink():
        shutil.rmtree(VENV)
    made = _run([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode and importlib.util.find_spec("pip"):  # Debian without python3-venv, but with pip
        made = _run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        if not made.returncode:
            made = _run([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"])
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise OpsError(NO_VENV.format(python=sys.executable, command=command))


def _install(lock: Path) -> None:
    arguments = ["install", "--quiet", "--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
    done = _run([str(PYTHON), "-m", "pip", *arguments, "--require-hashes", "-r", str(lock)])
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("WARNING")]
        raise OpsError(f"the packages of {lock.name} could not be installed.\n" + "\n".join(lines[-12:]))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
