"""`python -m bench.steady`: one kind of request, in a closed loop of some clients or at a steady rate; reads what to do
as JSON on standard input and prints `{"per_s", "took_s", "failed"}`. What fails ends it, unless the plan forgives."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bench.load import Client, Connection, side_by_side

Step = Callable[[], float]
OVERDUE = 3


class Steady(Client):
    """One client; every step answers how many seconds its request took."""

    def __init__(self, plan: dict[str, Any], number: int) -> None:
        super().__init__(plan, number)
        self.number = number
        self.took_s: list[float] = []
        self.failed: list[str] = []
        self.ready: deque[Any] = deque()

    def wallet(self) -> float:
        """An order paid from the buyer's balance."""
        return self._timed(self._pay_from_wallet)

    def refund(self) -> float:
        """One minor unit back of an order paid from a balance; a fresh order every hundredth time."""
        if not self.ready:
            self.ready.extend([self._pay_from_wallet()["id"]] * 100)
        command = {"order_id": self.ready.popleft(), "amount_minor": 1, "reason": "bench"}
        return self._timed(lambda: self._post("/v1/refunds", command))

    def paid(self) -> float:
        """An order and the company's notice that it was paid."""
        return self._timed(lambda: self.notify(self.create()))

    def list(self) -> float:
        """The first page of orders."""
        return self._timed(lambda: self._send("GET", "/v1/orders?limit=50", b""))

    def place_ahead(self, count: int) -> None:
        """Orders that notices will be about."""
        self.ready.extend(self.create() for _ in range(count))

    def tell(self) -> float:
        """A notice about the next of them."""
        order = self.ready.popleft()
        return self._timed(lambda: self.notify(order))

    def fail(self, error: Exception) -> None:
        """Write down what went wrong, and go on with a new connection."""
        self.failed.append(f"{type(error).__name__}: {error}"[:200])
        self.connection.socket.close()
        self.connection = Connection(self.plan["host"], self.plan["port"])

    def _pay_from_wallet(self) -> Any:
        command = {
            "line_items": [{"sku_id": self.shop["sku_id"], "quantity": 1}],
            "buyer": {"reference": f"b{secrets.randbelow(self.plan['buyers'])}"},
            "channel": "wallet",
        }
        return self._post("/v1/orders", command)

    def _post(self, path: str, command: dict[str, Any]) -> Any:
        key = f"Idempotency-Key: {secrets.token_hex(16)}\r\n"
        status, content = self._send("POST", path, json.dumps(command).encode(), key)
        if status != 201:
            raise RuntimeError(f"answered {status}: {content[:500]!r}")
        return json.loads(content)

    def _timed(self, work: Callable[[], object]) -> float:
        began_s = time.perf_counter()
        work()
        return time.perf_counter() - began_s


def closed_loop(plan: dict[str, Any]) -> dict[str, Any]:
    """Every client sends the next request as soon as it was answered, for some seconds or a number of times."""
    clients = [Steady(plan, number) for number in range(plan["clients"])]
    for client in clients:
        getattr(client, plan["what"])()  # warm
    ends_s = time.monotonic() + plan.get("seconds", 600.0)
    views = plan.get("views", sys.maxsize)

    def run(client: Steady) -> None:
        step: Step = getattr(client, plan["what"])
        while time.monotonic() < ends_s and len(client.took_s) < views:
            try:
                client.took_s.append(step())
            except (OSError, RuntimeError) as error:
                if not plan.get("forgives"):
                    raise
                client.fail(error)

    began_s = time.monotonic()
    side_by_side(clients, run)
    return _measured(clients, time.monotonic() - began_s)


def open_loop(plan: dict[str, Any]) -> dict[str, Any]:
    """So many notices a second, each at its own moment. One that is late because all clients were busy has waited
    since its moment."""
    clients = [Steady(plan, number) for number in range(plan["clients"])]
    each = int(plan["seconds"] * plan["rate"] / len(clients))
    side_by_side(clients, lambda client: client.place_ahead(each + 1))
    for client in clients:
        client.tell()  # warm
    gap_s, began_s = len(clients) / plan["rate"], time.perf_counter() + 0.1

    def run(client: Steady) -> None:
        for number in range(each):
            if time.perf_counter() - began_s > plan["seconds"] * OVERDUE:
                return  # hopeless: what was measured says so
            due_s = began_s + gap_s * (number + client.number / len(clients))
            time.sleep(max(0.0, due_s - time.perf_counter()))
            client.tell()
            client.took_s.append(time.perf_counter() - due_s)

    side_by_side(clients, run)
    return _measured(clients, time.perf_counter() - began_s)


def _measured(clients: list[Steady], seconds: float) -> dict[str, Any]:
    took_s = sorted(value for client in clients for value in client.took_s)
    failed = [each for client in clients for each in client.failed]
    return {"per_s": len(took_s) / seconds, "took_s": took_s, "failed": failed}


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    json.dump((open_loop if wanted["what"] == "notices" else closed_loop)(wanted), sys.stdout)
