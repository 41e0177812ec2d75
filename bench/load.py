"""`python -m bench.load`: reads what to do as JSON on standard input, drives it over HTTP, prints what it measured.

Every client has a thread and one connection: it places an order, brings the company's notice, and completes orders
that it placed earlier and that the worker has delivered meanwhile. It learns that from the database and not from the
application, which a merchant's server does not ask either: it waits for the webhook.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import socket
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bench.delivered import POLL_S, Delivered

LIMIT_S = 120  # after the last order was placed, all must be completed within this
MAX_AHEAD = 8  # a client places no further order while so many of its own are not delivered


class Connection:
    """HTTP/1.1 over one socket, with no more than is needed; a library would be measured too."""

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)
        self.socket = socket.create_connection(self.address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method: str, path: str, headers: str = "", body: bytes = b"") -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.socket.sendall(head.encode() + body)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        lines = received[:end].decode().lower().split("\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
        while len(received) < end + 4 + length:
            received += self._receive()
        return int(lines[0].split()[1]), received[end + 4 :]

    def _receive(self) -> bytes:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


@dataclass
class Measurements:
    """What one client measured: seconds by step."""

    create_s: list[float] = field(default_factory=list)
    notice_s: list[float] = field(default_factory=list)
    complete_s: list[float] = field(default_factory=list)
    completed: int = 0
    last_s: float = 0.0


class Client:
    """One client of the closed loop."""

    def __init__(self, plan: dict[str, Any], number: int) -> None:
        self.plan = plan
        self.shop = plan["shops"][number % len(plan["shops"])]
        self.connection = Connection(plan["host"], plan["port"])
        self.measurements = Measurements()

    def run(self, delivered: Delivered) -> None:
        """Place orders for as long as the plan says, complete each once it is delivered, and in the end all.

        Raises:
            RuntimeError: some were not delivered in time.
        """
        ends_s = self.plan["began_s"] + self.plan["seconds"]
        waiting: set[str] = set()
        gives_up_s = ends_s + LIMIT_S
        while (is_open := time.monotonic() < ends_s) or waiting:
            if is_open and len(waiting) < MAX_AHEAD:
                order = self.create()
                self.notify(order)
                waiting.add(order["id"])
                delivered.wait_for(order["id"])
            elif time.monotonic() > gives_up_s:
                raise RuntimeError(f"{len(waiting)} orders were not delivered within {LIMIT_S} s")
            else:
                time.sleep(POLL_S / 2)
            for order_id in delivered.among(waiting):
                self.complete(order_id)
                waiting.remove(order_id)
        self.measurements.last_s = time.monotonic()

    def create(self, **more: Any) -> dict[str, Any]:
        """Place an order, with `more` in its body; what the server answered."""
        body = {
            "line_items": [{"sku_id": self.shop["sku_id"], "quantity": 1}],
            "buyer": {"reference": secrets.token_hex(6)},
            **more,
        }
        key = f"Idempotency-Key: {secrets.token_hex(16)}\r\n"
        began_s = time.perf_counter()
        status, content = self._send("POST", "/v1/orders", json.dumps(body).encode(), key)
        self.measurements.create_s.append(time.perf_counter() - began_s)
        _expect(status, 201, content)
        return dict(json.loads(content))

    def notify(self, order: dict[str, Any], status: str = "succeeded") -> None:
        """Bring the company's notice that the order was paid, or was not."""
        reference = order["payment"]["attempt_id"]
        notice = {
            "notice_id": f"ntc_{secrets.token_hex(12)}",
            "event": f"payment.{status}",
            "trade_no": f"pp_{reference}",
            "out_trade_no": reference,
            "amount": order["total_minor"],
            "currency": order["currency"],
            "status": status,
            "merchant_id": self.shop["merchant_id"],
            "occurred_at": "2026-01-01T00:00:00+00:00",
        }
        body = json.dumps(notice).encode()
        stamp = str(int(time.time()))
        signature = hmac.new(self.shop["api_key"].encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = f"X-Timestamp: {stamp}\r\nX-Signature: {signature}\r\nContent-Type: application/json\r\n"
        path = f"/callbacks/simulator/{self.shop['account_id']}"
        began_s = time.perf_counter()
        answered, content = self.connection.call("POST", path, headers, body)
        self.measurements.notice_s.append(time.perf_counter() - began_s)
        _expect(answered, 200, content)

    def complete(self, order_id: str) -> None:
        """Complete an order that was delivered."""
        began_s = time.perf_counter()
        status, content = self._send("POST", f"/v1/orders/{order_id}/complete", b"")
        self.measurements.complete_s.append(time.perf_counter() - began_s)
        _expect(status, 200, content)
        self.measurements.completed += 1

    def _send(self, method: str, path: str, body: bytes, headers: str = "") -> tuple[int, bytes]:
        common = f"Authorization: Bearer {self.shop['secret_key']}\r\nContent-Type: application/json\r\n"
        return self.connection.call(method, path, common + headers, body)


AnyClient = TypeVar("AnyClient")


def _expect(status: int, expected: int, content: bytes) -> None:
    if status != expected:
        raise RuntimeError(f"answered {status}: {content[:500]!r}")


def side_by_side(clients: Sequence[AnyClient], work: Callable[[AnyClient], None]) -> None:
    """Every client does this work in a thread of its own; raises what went wrong in the first that failed."""
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(work, clients))


def drive(plan: dict[str, Any]) -> dict[str, Any]:
    """Run the plan's clients to the end; the measurements of all together."""
    clients = [Client(plan, number) for number in range(plan["clients"])]
    with Delivered(plan) as delivered:
        plan["began_s"] = time.monotonic()
        side_by_side(clients, lambda client: client.run(delivered))
    every = [client.measurements for client in clients]
    return {
        "seconds": max(each.last_s for each in every) - plan["began_s"],
        "completed": sum(each.completed for each in every),
        **{
            name: sorted(value for each in every for value in getattr(each, name))
            for name in ("create_s", "notice_s", "complete_s")
        },
    }


if __name__ == "__main__":
    json.dump(drive(json.load(sys.stdin)), sys.stdout)
