"""Readers that do not behave, for the process that readers run in; and one who starts such a process and hangs."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

_LIBC = ctypes.CDLL(None, use_errno=True)
_REFUSED = {errno.EPERM, errno.EACCES, errno.EMFILE, errno.EAGAIN, errno.EFBIG}


def takes_memory(_file: BinaryIO) -> Iterator[int]:
    yield len(bytearray(10**9))


def takes_work(_file: BinaryIO) -> Iterator[int]:
    while True:
        sum(range(10_000))
    yield 0


def says_nothing(_file: BinaryIO) -> Iterator[int]:
    threading.Event().wait(600)
    yield 0


def says_too_much(_file: BinaryIO) -> Iterator[str]:
    yield "x" * 1_000_000


def dies(_file: BinaryIO) -> Iterator[int]:
    os.abort()
    yield 0


def goes_on(_file: BinaryIO) -> Iterator[int]:
    yield os.getpid()
    while True:
        yield 0


def what_it_has(file: BinaryIO) -> Iterator[dict[str, Any]]:
    open_ = sum(_is_open(number) for number in range(256))
    yield {"content": file.read().decode(), "names": sorted(os.environ), "open": open_}


def _is_open(number: int) -> bool:
    try:
        os.lseek(number, 0, os.SEEK_CUR)
    except OSError as error:
        return error.errno != errno.EBADF
    return True


def what_it_can_do(file: BinaryIO, *, port: int, socket_path: str) -> Iterator[list[str]]:
    """Tries what nobody who only looks at a file does, and says what of it is possible."""
    parent = os.getppid()
    tries: dict[str, Callable[[], Any]] = {
        "open a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "write a file": lambda: os.open("/tmp/written-by-a-reader", os.O_CREAT | os.O_WRONLY),  # noqa: S108
        "list a folder": lambda: os.listdir("/"),
        "make a pipe": os.pipe,
        "connect": lambda: socket.socket().connect(("127.0.0.1", port)),
        "connect to a file": lambda: socket.socket(socket.AF_UNIX).connect(socket_path),
        "send to its own": socket.socketpair,
        "fork": _fork,
        "run a program": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "become a program": lambda: _call("execve", 0, 0, 0),
        "end another": lambda: os.kill(parent, signal.SIGCONT),
        "trace another": lambda: _call("ptrace", 16, parent, 0, 0),
        "read another's memory": lambda: _call("process_vm_readv", parent, 0, 0, 0, 0, 0),
        "begin a thread": lambda: threading.Thread(target=int).start(),
        "change its limits": lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1)),
        "delete a file": lambda: os.unlink("/tmp/no-such-file"),  # noqa: S108
        "make a file of memory": lambda: os.memfd_create("x"),
        "grow what it reads": lambda: os.write(file.fileno(), b"x" * 100),
    }
    yield [name for name, attempt in tries.items() if _works(attempt)]


def _works(attempt: Callable[[], Any]) -> bool:
    """Whether it was not refused; that there is nothing to do it with is not a refusal."""
    try:
        attempt()
    except (RuntimeError, ValueError):
        return False
    except OSError as error:
        return error.errno not in _REFUSED
    return True


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _call(name: str, *arguments: int) -> None:
    if getattr(_LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def main(path: Path) -> None:
    from app.core.files import isolated

    with tempfile.TemporaryFile() as file:
        reading = isolated.read("tests.attacks.readers:goes_on", file)
        path.write_text(str(next(reading)))
        os.read(os.pipe()[0], 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
