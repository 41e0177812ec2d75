"""Whether Bursar runs in this checkout already, and by which process."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from typing import IO

from ops import child
from ops.console import OpsError, say, step
from ops.paths import VAR

FILE = VAR / "run.lock"
STOP_LIMIT_S = 60


class RunLock:
    """Held while `make run` runs; the file names the process and the address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        file = FILE.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            pid, url = holder() or (0, "?")
            raise OpsError(f"Bursar runs here already, at {url} (process {pid}). To stop it:  make stop") from None
        file.truncate(0)
        file.write(f"{os.getpid()} {self.url}\n")
        file.flush()
        self._file = file

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()


def holder() -> tuple[int, str] | None:
    """The process that holds the lock and its address, or None."""
    try:
        with FILE.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                pid, url = file.read().split()
                return int(pid), url
    except (OSError, ValueError):
        pass
    return None


def stop() -> int:
    """Stop the running Bursar of this checkout and wait for its end."""
    found = holder()
    if found is None:
        say("Bursar is not running here.")
        return 0
    pid, url = found
    with step(f"Stopping Bursar at {url}"):
        os.kill(pid, signal.SIGTERM)
        if not child.wait_until(lambda: holder() is None, limit_s=STOP_LIMIT_S, pause_s=0.1):
            raise OpsError(f"process {pid} did not end.")
    return 0


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError:
            return False
        return True
