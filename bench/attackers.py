"""`python -m bench.attackers NAME`: one attack in a process of its own. Reads its plan as JSON from the first line of
standard input, prints `ready` when it is under way, and goes on until standard input ends.

A further attack is a function here with its name in ATTACKERS; the plan names `host`, `port`, `sockets` and two shops:
`shop`, which is being paid at meanwhile, and `attacker`, a tenant that means harm."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from bench.load import Connection

Plan = dict[str, Any]
Attacker = Callable[[Plan, threading.Event], None]

DRIP_EVERY_S = 0.5
FLOODERS = 2
HALF_HEAD = b"POST /v1/orders HTTP/1.1\r\nHost: bench\r\nX-Slow: "
HALF_BODY = b"POST /v1/orders HTTP/1.1\r\nHost: bench\r\nContent-Length: 100000\r\n\r\n{"
UNREAD = b"GET /openapi.json HTTP/1.1\r\nHost: bench\r\n\r\n"


def slow_heads(plan: Plan, over: threading.Event) -> None:
    """Headers that never end."""
    _crowd(plan, over, HALF_HEAD, drip=b"x")


def slow_bodies(plan: Plan, over: threading.Event) -> None:
    """Bodies that never end."""
    _crowd(plan, over, HALF_BODY, drip=b"x")


def slow_readers(plan: Plan, over: threading.Event) -> None:
    """Long answers that nobody reads."""
    _crowd(plan, over, UNREAD, drip=b"")


def forged_notices(plan: Plan, over: threading.Event) -> None:
    """Notices with a wrong signature, one behind another."""

    def flood() -> None:
        connection = Connection(plan["host"], plan["port"])
        path, body = f"/callbacks/simulator/{plan['shop']['account_id']}", secrets.token_bytes(8_000)
        while not over.is_set():
            connection.call("POST", path, f"X-Timestamp: 1\r\nX-Signature: {secrets.token_hex(32)}\r\n", body)

    _side_by_side(flood, FLOODERS, over)


ATTACKERS: dict[str, Attacker] = {
    "slow heads": slow_heads,
    "slow bodies": slow_bodies,
    "slow readers": slow_readers,
    "forged notices": forged_notices,
}


def _crowd(plan: Plan, over: threading.Event, begin: bytes, *, drip: bytes) -> None:
    """So many sockets that send `begin` and then drip; each comes again when it is closed."""

    def opened() -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        connection.connect((plan["host"], plan["port"]))
        connection.sendall(begin)
        return connection

    held = [opened() for _ in range(plan["sockets"])]
    _say_ready()
    while not over.wait(DRIP_EVERY_S):
        for at, connection in enumerate(held):
            try:
                connection.sendall(drip)
            except OSError:
                with contextlib.suppress(OSError):
                    held[at] = opened()


def _side_by_side(work: Callable[[], None], count: int, over: threading.Event) -> None:
    for _ in range(count):
        threading.Thread(target=work, daemon=True).start()
    _say_ready()
    over.wait()


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main(name: str) -> int:
    """Attack until told to end."""
    plan, over = json.loads(sys.stdin.readline()), threading.Event()
    threading.Thread(target=_until_told, args=(over,), daemon=True).start()
    ATTACKERS[name](plan, over)
    return 0


def _until_told(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
