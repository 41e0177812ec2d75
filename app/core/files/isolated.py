"""Files from outside are looked through in a process of their own, which can do nothing but that.

The process has no environment of ours, no connection and no open file but the one it reads; the kernel bounds its
memory and its processor seconds, refuses it every file, socket and process (see seccomp), and ends it when we are gone.
It answers in lines of JSON, each of a bounded length, so that what it finds is taken as a stream: while nobody reads
on, it stands still.

The reader is a function `(file, **told) -> Iterator[JSON]` in a module that loads no more than it needs, and loads it
before it reads: with the module, or in its `prepare(file)`. What it refuses it says by raising `BadFile`; a process
that comes to one of its limits says the same in plain words.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from app.core.errors import Unavailable
from app.core.log import get_logger
from app.lib.file_errors import BadFile

_ROOT = Path(__file__).resolve().parents[3]
_PIECE = 65_536
_noted: set[str] = set()
_NEEDS_MORE = "The file takes more {what} than a file may; send it in parts."


@dataclass(frozen=True)
class ResourceLimits:
    """What one file may cost: memory of the whole process, seconds of a processor, seconds without a line, and
    the length of a line."""

    memory_bytes: int = 512_000_000
    cpu_s: int = 120
    silent_s: float = 30.0
    line_bytes: int = 8_000_000


@dataclass
class Cost:
    """What the process came to, known when it has ended by itself."""

    memory_bytes: int = 0
    cpu_s: float = 0.0


def read(
    reader: str, file: BinaryIO, *, limits: ResourceLimits | None = None, cost: Cost | None = None, **told: Any
) -> Generator[Any, None, None]:
    """What `reader` (`module:function`) makes of a file with a descriptor of its own, read from its beginning. The
    process ends with the iterator, and with the thread that made it.

    Raises:
        BadFile: while reading. Unavailable: the process was killed from outside.
    """
    bounds, used = limits or ResourceLimits(), cost or Cost()
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    process = subprocess.Popen(
        [sys.executable, "-s", "-m", "app.core.files.isolated_child", reader, json.dumps(told), str(os.getpid()),
         str(bounds.memory_bytes), str(bounds.cpu_s)],
        stdin=file.fileno(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "OPENPYXL_LXML": "False"},
        cwd=_ROOT,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        ended = yield from _answers(process.stdout, bounds, used)
    finally:
        _end(process, used)
    if not ended:
        raise _why(process.returncode)


def _answers(pipe: IO[bytes], limits: ResourceLimits, cost: Cost) -> Generator[Any, None, bool]:
    """Passes the answers on; whether the reader came to its end."""
    for line in _lines(pipe.fileno(), limits):
        kind, value, memory_bytes = json.loads(line)
        cost.memory_bytes = max(cost.memory_bytes, memory_bytes)
        if kind == "locked":
            _note_lock(value)
            continue
        if kind == "refused":
            raise BadFile(str(value)[:500])
        if kind == "end":
            return True
        yield value
    return False


def _note_lock(refusal: str) -> None:
    """Say once in this process that the kernel does not lock readers in, if so."""
    if refusal and refusal not in _noted:
        _noted.add(refusal)
        get_logger().warning(
            "isolated_by_limits_only", why=refusal, advice="docs/reference/files.md, What a reader can do"
        )


def _lines(pipe: int, limits: ResourceLimits) -> Iterator[bytes]:
    held = b""
    while True:
        ready, _, _ = select.select([pipe], [], [], limits.silent_s)
        if not ready:
            raise BadFile(_NEEDS_MORE.format(what="time"))
        piece = os.read(pipe, _PIECE)
        if not piece:
            return
        *whole, held = (held + piece).split(b"\n") if b"\n" in piece else (held + piece,)
        yield from whole
        if len(held) > limits.line_bytes:
            raise BadFile("A row of the file is too long.")


def _end(process: subprocess.Popen[bytes], cost: Cost) -> None:
    """Also of one that has more to say: nobody hears it."""
    assert process.stdout is not None
    process.stdout.close()
    if _still_runs(process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cost.cpu_s = used.ru_utime + used.ru_stime


def _still_runs(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has not ended by itself within a moment."""
    ends = time.monotonic() + 0.2
    while time.monotonic() < ends:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return False
        time.sleep(0.005)
    return True


def _why(status: int) -> Exception:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        # The kernel ends who goes on after SIGXCPU, or who takes the machine's last memory: the file did it either way.
        return BadFile(_NEEDS_MORE.format(what="work"))
    if status in (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP):
        return Unavailable("unavailable", "The file could not be read just now; try again in a moment.")
    get_logger().warning("isolated_ended", status=status)
    return BadFile("The file cannot be read.")
