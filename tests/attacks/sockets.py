"""Plain sockets that misbehave, by the hundred."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def opened(port: int, *, source: str = "127.0.0.1", receive_buffer: int | None = None) -> socket.socket:
    """A connection to a server on this machine, from one of its addresses."""
    found = socket.socket()
    if receive_buffer is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    found.settimeout(10)
    found.bind((source, 0))
    found.connect(("127.0.0.1", port))
    return found


def answer(connection: socket.socket, *, limit_s: float = 30) -> bytes:
    """All that comes until the other side closes."""
    connection.settimeout(limit_s)
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def drip(connection: socket.socket, piece: bytes, *, every_s: float, limit_s: float = 15) -> bytes:
    """Send a piece again and again until an answer begins; its beginning."""
    ends_s = time.monotonic() + limit_s
    connection.settimeout(every_s)
    while time.monotonic() < ends_s:
        connection.sendall(piece)
        with contextlib.suppress(TimeoutError):
            return connection.recv(100)
    return b""


@contextmanager
def crowd(open_one: Callable[[], socket.socket], count: int, *, drip: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections, each opened again when the server closes it, and each sending `drip` now and then."""
    held: list[socket.socket] = []
    over = threading.Event()

    def keep() -> None:
        watched = selectors.DefaultSelector()
        for each in held:
            watched.register(each, selectors.EVENT_READ)
        while not over.wait(0.3):
            for at, each in enumerate(held):
                try:
                    each.send(drip)
                except OSError:
                    each.close()
                    with contextlib.suppress(OSError):
                        held[at] = open_one()

    held += [open_one() for _ in range(count)]
    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield held
    finally:
        over.set()
        keeper.join(5)
        for each in held:
            each.close()


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    began_s = time.perf_counter()
    action()
    return time.perf_counter() - began_s
