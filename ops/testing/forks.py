"""Processes that have loaded already what they need: python -m ops.testing.forks MODULE:FUNCTION.

The function loads it, once. Each task comes as a line of JSON and is done by a process of its own, forked off, under an
environment of its own; so that whatever stops it takes nothing else along.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, NoReturn

from ops.paths import ROOT
from ops.testing import run

LIMIT_S = 900


class Forks:
    """Does tasks: `with Forks("module:load", env) as forks: forks.run("module:function", argument, env=…)`."""

    def __init__(self, load: str, env: Mapping[str, str]) -> None:
        self._folder = TemporaryDirectory(prefix="bursar-forks-", dir=os.environ.get(run.FOLDER))
        self._numbers, self._turn = itertools.count(1), threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ops.testing.forks", load],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, task: str, argument: Any, *, env: Mapping[str, str], limit_bytes: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """How the process ended that called `task` with what JSON makes of the argument, and what it wrote; it could
        make no file of more than `limit_bytes`."""
        with self._turn:
            number = next(self._numbers)
            outputs = [Path(self._folder.name) / f"{number}.{name}" for name in ("out", "err")]
            task_request = {
                "number": number,
                "task": task,
                "argument": argument,
                "env": dict(env),
                "limit": limit_bytes,
            }
            self._write(json.dumps({**task_request, "said": [str(each) for each in outputs]}, default=str))
            status = self._status(number)
            return subprocess.CompletedProcess([task], status, *(each.read_text(errors="replace") for each in outputs))

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _status(self, number: int) -> int:
        """Of this task: somebody who waited for one before may have been interrupted."""
        assert self._process.stdout is not None
        while answer := self._process.stdout.readline().split():
            if int(answer[0]) == number:
                return int(answer[1])
        raise RuntimeError(f"there is nobody who does tasks: status {self._process.wait(30)}")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._folder.cleanup()

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def load_commands() -> None:
    """What `flask` commands need."""
    for name in ("flask.cli", "app.api", "app.cli", "app.web"):
        import_module(name)


def flask_command(arguments: Sequence[str]) -> None:
    """`flask --app wsgi` with these arguments."""
    from flask import cli

    sys.argv = ["flask", "--app", "wsgi", *arguments]
    cli.main()


def main(load: str) -> None:
    resolve_name(load)()
    for line in sys.stdin:
        task_request = json.loads(line)
        pid = os.fork()
        if not pid:
            _end_with(task_request)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{task_request['number']} {status}\n")
        sys.stdout.flush()


def _end_with(request: dict[str, Any]) -> NoReturn:
    """Do the task, and end with it, whatever happens."""
    status = 1
    try:
        signal.alarm(LIMIT_S)
        for number, path in enumerate(request["said"], start=1):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.environ.clear()
        os.environ.update(request["env"])
        if request["limit"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["limit"], request["limit"]))
        resolve_name(request["task"])(request["argument"])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.stderr.write(traceback.format_exc())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
