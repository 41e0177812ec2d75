"""The process that looks a file through (see confined).

python -m app.core.confined_child READER TOLD PARENT MEMORY CPU
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def main() -> None:
    """Read the file at standard input, and answer at standard output."""
    reader, told, parent, memory, cpu = sys.argv[1:]
    _confine(int(parent), memory_bytes=int(memory), cpu_s=int(cpu))
    say = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=_BUFFER)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    from app.core.bad_file import BadFile

    try:
        module, _, name = reader.partition(":")
        for found in getattr(importlib.import_module(module), name)(_file(), **json.loads(told)):
            say.write(json.dumps(["found", found, 0], separators=(",", ":")) + "\n")
        said = ["end", None]
    except BadFile as refusal:
        said = ["refused", str(refusal)]
    except MemoryError:
        said = ["refused", "The file takes more memory than a file may; send it in parts."]
    say.write(json.dumps([*said, _most_memory()]) + "\n")
    say.flush()
    os._exit(0)


_BUFFER = 65_536


def _confine(parent: int, *, memory_bytes: int, cpu_s: int) -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)
    os.nice(10)
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (most, most))


def _most_memory() -> int:
    """Bytes that this program held at once. (What wait4 tells includes whoever started it.)"""
    with suppress(OSError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _file() -> BinaryIO:
    """Standard input, which is the file itself: one may seek in it."""
    return os.fdopen(0, "rb")


if __name__ == "__main__":
    main()
