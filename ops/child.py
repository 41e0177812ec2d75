"""Starting a process that cannot outlive us, as another account where that is needed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True)
class Identity:
    """As whom a server runs: an account, ourselves, or ourselves seen as nobody (a user namespace)."""

    uid: int
    gid: int
    namespace: bool = False

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()


MYSELF = Identity(os.geteuid(), os.getegid())


def start(
    command: Sequence[str | Path],
    *,
    identity: Identity = MYSELF,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | int | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own; the kernel sends it `death_signal` if we die first."""
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_before_exec(identity, death_signal),
        user=identity.uid if identity.is_other else None,
        group=identity.gid if identity.is_other else None,
        extra_groups=[] if identity.is_other else None,
    )


def run(command: Sequence[str | Path], *, identity: Identity = MYSELF) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end as `identity`, its output kept."""
    return subprocess.run(
        [str(part) for part in command],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_before_exec(identity, signal.SIGKILL),
        user=identity.uid if identity.is_other else None,
        group=identity.gid if identity.is_other else None,
        extra_groups=[] if identity.is_other else None,
    )


def stop(process: subprocess.Popen[bytes], *, ask: signal.Signals, patience_s: float) -> None:
    """Ask the process to end; after `patience_s` seconds end it and its children."""
    if process.poll() is None:
        process.send_signal(ask)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything it started, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def how_it_ended(status: int) -> str:
    """The exit status in words."""
    return f"signal {-status}" if status < 0 else f"status {status}"


def wait_until(condition: Callable[[], bool], *, limit_s: float, pause_s: float = 0.02) -> bool:
    """Ask until `condition` holds; False when `limit_s` seconds went by without it."""
    ends = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(pause_s)
    return True


def _before_exec(identity: Identity, death_signal: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if identity.namespace and _libc.unshare(_CLONE_NEWUSER):
            raise OSError(ctypes.get_errno(), "no user namespace")
        _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it died before we subscribed
            os._exit(1)

    return prepare
