"""`python -m bench.arrivals`: orders that come at a rate, each at its own moment; reads what to do as JSON on standard
input and prints what it measured.

Every request has a moment at which it should be sent: an order when its buyer comes, its notice PAYS_S later, and the
completion when it is seen to be delivered. What a request took is counted from that moment on, so that one which no
client was free to send has waited since then.
"""

from __future__ import annotations

import heapq
import itertools
import json
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.arithmetic import arrivals
from bench.delivered import Delivered
from bench.load import Client, Connection, side_by_side

PAYS_S = 0.3
OVERDUE_S = 20.0  # after the last arrival; what was not sent by then is counted as failed


@dataclass(order=True)
class Request:
    """One to send, at `due_s` of the monotonic clock."""

    due_s: float
    number: int
    step: str = field(compare=False)
    send: Callable[[Client], None] = field(compare=False)


class Agenda:
    """What is to be sent, the earliest first."""

    def __init__(self, ends_s: float) -> None:
        self.ends_s = ends_s
        self.open = 0  # orders that were not completed, and did not fail
        self._requests: list[Request] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    def add(self, due_s: float, step: str, send: Callable[[Client], None]) -> None:
        """One more request."""
        with self._changed:
            heapq.heappush(self._requests, Request(due_s, next(self._numbers), step, send))
            self._changed.notify()

    def close_order(self) -> None:
        """One order needs nothing more."""
        with self._changed:
            self.open -= 1
            if not self.open:
                self._changed.notify_all()

    def next(self) -> Request | None:
        """The next request, once its moment has come; None when there will be none, or time is over."""
        with self._changed:
            while self.open and (now_s := time.monotonic()) < self.ends_s:
                if self._requests and self._requests[0].due_s <= now_s:
                    return heapq.heappop(self._requests)
                until_s = self._requests[0].due_s if self._requests else self.ends_s
                self._changed.wait(min(until_s, self.ends_s) - now_s)
        return None


class Run:
    """One run of a plan."""

    def __init__(self, plan: dict[str, Any], dice: random.Random) -> None:
        self.plan = plan
        self.moments = arrivals(plan["rate_per_s"], plan["seconds"], dice)
        self.clients = [Client(plan, number) for number in range(plan["clients"])]
        self.took_s: defaultdict[str, list[float]] = defaultdict(list)
        self.failed: list[str] = []
        self.shops: dict[str, dict[str, Any]] = {}
        self.began_s = time.monotonic() + 0.2
        self.agenda = Agenda(self.began_s + plan["seconds"] + OVERDUE_S)
        self.delivered = Delivered(plan, self._complete)

    def measure(self) -> dict[str, Any]:
        """Send everything; seconds by step, sorted."""
        began_at = time.time()
        self.agenda.open = len(self.moments)
        for moment_s in self.moments:
            self.agenda.add(self.began_s + moment_s, "create", self._create)
        with self.delivered:
            side_by_side(self.clients, self._work)
        completed = len(self.took_s["complete"])
        return {
            "began_at": began_at,
            "planned": len(self.moments),
            "completed": completed,
            "failed": len(self.moments) - completed,
            "problems": self.failed[:5],
            **{f"{step}_s": sorted(self.took_s[step]) for step in ("create", "notice", "complete")},
        }

    def _work(self, client: Client) -> None:
        while request := self.agenda.next():
            try:
                request.send(client)
            except (OSError, RuntimeError) as error:
                self.failed.append(f"{request.step}: {error}"[:200])
                self.agenda.close_order()
                client.connection.socket.close()
                client.connection = Connection(self.plan["host"], self.plan["port"])
            else:
                self.took_s[request.step].append(time.monotonic() - request.due_s)
                if request.step == "complete":
                    self.agenda.close_order()

    def _create(self, client: Client) -> None:
        order = client.create()
        self.shops[order["id"]] = client.shop
        self.agenda.add(time.monotonic() + PAYS_S, "notice", lambda other: self._notify(other, order))

    def _notify(self, client: Client, order: dict[str, Any]) -> None:
        client.shop = self.shops[order["id"]]
        client.notify(order)
        self.delivered.wait_for(order["id"])

    def _complete(self, order_id: str) -> None:
        """Whoever watches calls this when it sees that the order was delivered."""

        def complete(client: Client) -> None:
            client.shop = self.shops[order_id]
            client.complete(order_id)

        self.agenda.add(time.monotonic(), "complete", complete)


if __name__ == "__main__":
    json.dump(Run(json.load(sys.stdin), random.SystemRandom()).measure(), sys.stdout)
