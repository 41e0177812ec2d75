"""Which ports of this machine are free, and what listens at those that are not."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path

from ops.console import OpsError

_LISTENS = "0A"  # as /proc/net/tcp writes the state
_LAST_PORT = 65535


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now.

    Raises:
        OpsError: this machine has no such address, or we may not listen at that port.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise OpsError(f"no server can listen at {host}:{port}: {error.strerror}. Look at HOST and PORT.") from error
    return True


def free_row(host: str, count: int, *, first: int) -> int:
    """The first of `count` free ports in a row, from `first` on where there is room above it."""
    start = first if first + count <= _LAST_PORT else 8000
    rows = range(start, _LAST_PORT - count)
    return next((port for port in rows if all(is_free(host, port + n) for n in range(count))), start)


def holder_of(port: int) -> str:
    """The program that listens at the port, as `nginx (process 12)`; empty when it cannot be seen, as when it is
    another person's."""
    inodes = _inodes(port)
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is not ours
            if any(_link(file) in inodes for file in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
    return ""


def _link(file: Path) -> str:
    try:
        return os.readlink(file)
    except OSError:  # closed meanwhile
        return ""


def _inodes(port: int) -> set[str]:
    """The sockets that listen at the port, as the links of /proc/…/fd name them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found
