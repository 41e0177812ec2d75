"""The process that looks a file through (see isolated).

python -m app.core.files.isolated_child READER TOLD PARENT MEMORY CPU
"""

from __future__ import annotations

import codecs
import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, TextIO

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def main() -> None:
    """Read the file at standard input, and answer at standard output."""
    reader, arguments, parent, memory, cpu = sys.argv[1:]
    _confine(int(parent), memory_bytes=int(memory), cpu_s=int(cpu))
    output = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=_BUFFER)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    status = os.open("/proc/self/status", os.O_RDONLY) if os.path.exists("/proc/self/status") else None
    from app.core.files import seccomp
    from app.lib.file_errors import BadFile

    try:
        read, file = _loaded(reader)
        _write(output, "locked", seccomp.lock())
        _die_with(int(parent))  # becoming another account forgets it
        for found in read(file, **json.loads(arguments)):
            _write(output, "found", found)
        kind, words = "end", ""
    except BadFile as refusal:
        kind, words = "refused", str(refusal)
    except MemoryError:
        kind, words = "refused", "The file takes more memory than a file may; send it in parts."
    _write(output, kind, words, _most_memory(status))
    output.flush()
    os._exit(0)


def _loaded(reader: str) -> tuple[Callable[..., Iterator[Any]], BinaryIO]:
    """The reader and the file, with all that it will need: nothing can be loaded once the process is locked."""
    name, _, function = reader.partition(":")
    module, file = importlib.import_module(name), _file()
    for each in _ENCODINGS:
        codecs.lookup(each)
    warnings.simplefilter("ignore")  # saying one takes files too
    if prepare := getattr(module, "prepare", None):
        prepare(file)
        file.seek(0)
    return getattr(module, function), file


def _write(output: TextIO, kind: str, value: Any, memory_bytes: int = 0) -> None:
    output.write(json.dumps([kind, value, memory_bytes], separators=(",", ":")) + "\n")


_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp437", "latin-1", "cp1252", "ascii", "gb18030")
_BUFFER = 65_536


def _confine(parent: int, *, memory_bytes: int, cpu_s: int) -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _die_with(parent)
    os.nice(10)
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (most, most))


def _die_with(parent: int) -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)


def _most_memory(status: int | None) -> int:
    """Bytes that this program held at once. (What wait4 tells includes whoever started it.)"""
    if status is None:
        return 0
    with suppress(OSError):
        for line in os.pread(status, _BUFFER, 0).decode().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _file() -> BinaryIO:
    """Standard input, which is the file itself: one may seek in it."""
    return os.fdopen(0, "rb")


if __name__ == "__main__":
    main()
