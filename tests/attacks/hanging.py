"""A company, or anybody else outside, that takes every connection and never says a word until it is let go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Hanging:
    """Listens on loopback. `held` counts who came; after `let_go` all are hung up on, and nobody is taken any more."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._changed = threading.Condition()
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def held(self) -> int:
        """How many connections were made."""
        with self._changed:
            return len(self._connections)

    def wait_for(self, how_many: int, *, limit_s: float = 60.0) -> None:
        """Returns when so many have come."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self._connections) >= how_many, timeout=limit_s)
            assert came, f"{len(self._connections)} came, not {how_many}"

    def let_go(self) -> None:
        """Hang up on everybody."""
        self._socket.close()
        with self._changed:
            for each in self._connections:
                each.close()

    def _take(self) -> None:
        while True:
            try:
                came, _ = self._socket.accept()
            except OSError:
                return
            with self._changed:
                self._connections.append(came)
                self._changed.notify_all()


@contextmanager
def hanging() -> Iterator[Hanging]:
    """One for this test."""
    made = Hanging()
    yield made
    made.let_go()
