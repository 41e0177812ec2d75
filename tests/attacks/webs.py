"""Web processes for one request each, which may be stopped in its middle: python -m tests.attacks.webs.

The application is loaded once; a request comes as a line of JSON, and a process of its own, forked off, answers it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ops import child
from ops.paths import ROOT


@dataclass
class Sent:
    """A request under way in the process `pid`; `answer` is None when the process died over it. Its files have a
    number of their own: in a long run a machine gives the numbers of processes again."""

    pid: int
    number: int
    folder: Path

    def answer(self, limit_s: float = 30) -> tuple[int, dict[str, Any]] | None:
        """Status and body, once the process has ended."""
        assert child.wait_until(lambda: self._ended.exists(), limit_s=limit_s), f"{self.pid} hangs"
        path = self.folder / f"{self.number}.answer"
        if not path.exists():
            return None
        status, body = json.loads(path.read_text())
        return status, body

    def wait_stopped(self, limit_s: float = 30) -> None:
        """Until it stands still."""
        state = Path(f"/proc/{self.pid}/stat")
        stopped = child.wait_until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", limit_s=limit_s)
        assert stopped, f"{self.pid} did not come to where it should stop"

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @property
    def _ended(self) -> Path:
        return self.folder / f"{self.number}.ended"


class Webs:
    """Begins requests: `with Webs(env, folder) as webs: webs.post(…)`."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.attacks.webs", str(folder)],
                env={**os.environ, **env},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def post(self, path: str, body: Any, *, key: str, once: str, **env: str) -> Sent:
        """Begin the request, with this Idempotency-Key, in a process with `env`."""
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once}
        values = {"path": path, "json": body, "headers": headers, "env": env}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(values) + "\n")
        self._process.stdin.flush()
        pid, number = self._process.stdout.readline().split()
        return Sent(int(pid), int(number), self.folder)

    def until_answered(self, path: str, body: Any, *, key: str, once: str) -> tuple[tuple[int, dict[str, Any]], float]:
        """The answer to a client that retries while it is told to, and the seconds it took."""
        began, received = time.monotonic(), list[Any]()

        def is_answered() -> bool:
            received.append(self.post(path, body, key=key, once=once).answer())
            return received[-1] is not None and received[-1][0] not in (409, 503)

        assert child.wait_until(is_answered, limit_s=60, pause_s=0.1), received[-1]
        return received[-1], time.monotonic() - began

    def __enter__(self) -> Webs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def main(folder: Path) -> None:
    from app import create_app
    from app.core.settings import Settings

    app = create_app(Settings.from_env())
    living: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _note_ended(folder, living))
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        # Nobody's end is noted before it is known whose it is.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        living[pid] = number
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        if pid:
            sys.stdout.write(f"{pid} {number}\n")
            sys.stdout.flush()
            continue
        with _ended_whatever_happens():
            os.environ.update(request.pop("env"))
            answer = app.test_client().post(**request)
            path = folder / f"{number}.new"
            path.write_text(json.dumps([answer.status_code, answer.json]))
            path.rename(path.with_suffix(".answer"))
    child.wait_until(lambda: not _note_ended(folder, living), limit_s=20)


@contextmanager
def _ended_whatever_happens() -> Iterator[None]:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        yield
        os._exit(0)
    finally:
        os._exit(1)


def _note_ended(folder: Path, living: dict[int, int]) -> bool:
    """Write down whose process has ended; whether anybody is left."""
    try:
        while (ended := os.waitpid(-1, os.WNOHANG)[0]) > 0:
            (folder / f"{living.pop(ended)}.ended").touch()
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
