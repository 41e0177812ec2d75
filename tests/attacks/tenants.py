"""A business that keeps the server busy with calls that hang: attackers over HTTP, each going on inside a context."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.attacks.hanging import Hanging

HANDS = 90


@dataclass
class Attack:
    """What came of an attack so far: how many requests were answered with which status."""

    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Tenant:
    """A business, as its own server knows it."""

    url: str
    key: str
    sku_id: str
    account_ids: tuple[str, ...] = ()

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def pay(self, client: httpx.Client) -> httpx.Response:
        """Place an order and begin to pay it."""
        body = {"line_items": [{"sku_id": self.sku_id, "quantity": 1}], "buyer": {"reference": "b"}}
        return client.post("/v1/orders", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})


def tests_connections(tenant: Tenant, client: httpx.Client, number: int) -> httpx.Response:
    """Test a connection to an account that hangs."""
    account_id = tenant.account_ids[number % len(tenant.account_ids)]
    return client.post(f"/v1/channel_accounts/{account_id}/test")


def pays(tenant: Tenant, client: httpx.Client, number: int) -> httpx.Response:
    """Begin to pay at an account that hangs."""
    assert number >= 0
    return tenant.pay(client)


ATTACKERS: dict[str, Callable[[Tenant, httpx.Client, int], httpx.Response]] = {
    "tests hanging connections": tests_connections,
    "pays at a hanging company": pays,
}


@contextmanager
def attacking(name: str, tenant: Tenant, hangs: Hanging, *, hands: int = HANDS) -> Iterator[Attack]:
    """So many hands of the tenant do it again and again while inside; entered once the first call hangs."""
    attack, stop = Attack(), threading.Event()

    def hand(number: int) -> None:
        with tenant.client() as client:
            while not stop.is_set():
                answer = ATTACKERS[name](tenant, client, number)
                attack.statuses[answer.status_code] += 1
                stop.wait(0.2)  # as a client that does not heed Retry-After

    threads = [threading.Thread(target=hand, args=[number], daemon=True) for number in range(hands)]
    for each in threads:
        each.start()
    hangs.wait_for(1)
    try:
        yield attack
    finally:
        stop.set()
        hangs.let_go()
        for each in threads:
            each.join(60)
