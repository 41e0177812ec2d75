"""Whether Bursar runs in this checkout already, and by which process."""

from __future__ import annotations

import fcntl
import os
import signal
from typing import IO

from ops import child, listening
from ops.console import OpsError, print_line, step
from ops.environment import Ports
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
            raise _runs_already(*(holder() or (0, "?"))) from None
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
        print_line("Bursar is not running here.")
        return 0
    pid, url = found
    with step(f"Stopping Bursar at {url}"):
        os.kill(pid, signal.SIGTERM)
        if not child.wait_until(lambda: holder() is None, limit_s=STOP_LIMIT_S, pause_s=0.1):
            raise OpsError(f"process {pid} did not end.")
    return 0


def check_can_start(ports: Ports) -> None:
    """Look for what stands in the way of a start, before minutes are spent on installing.

    Raises:
        OpsError: Bursar runs here already, or a port cannot be had; says which program wants it and who has it.
    """
    if found := holder():
        raise _runs_already(*found)
    required = {ports.web: "Bursar", ports.shop: "the demo shop", ports.simulator: "the simulator"}
    taken = [port for port in required if not listening.is_free(ports.host, port)]
    if not taken:
        return
    lines = [f"port {port}, meant for {required[port]}, is taken{_by_whom(port)}" for port in taken]
    free = listening.free_row(ports.host, len(required), first=ports.web + 1000)
    raise OpsError(
        ";\n  ".join(lines) + f".\n  Bursar needs three ports in a row ({ports.web}–{ports.simulator}). "
        f"Stop what is there, or choose others that are free:  make run PORT={free}"
    )


def _by_whom(port: int) -> str:
    who = listening.holder_of(port)
    return f" by {who}" if who else " by another program"


def _runs_already(pid: int, url: str) -> OpsError:
    return OpsError(f"Bursar is already running at {url} (process {pid}). To stop it:  make stop")
