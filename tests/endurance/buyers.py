"""Random buyers: they pay, decline, cancel, leave, return, request refunds; over HTTP, whatever fails."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx

from tests.endurance.weather import Weather

BAD_DAY = 0.6  # so often something goes wrong before a step


class Shop(Protocol):
    """Where they buy. `place` answers (order, reference of its payment) or None when it was refused."""

    def place(self) -> tuple[str, str] | None: ...

    def paid(self, order: str) -> int:
        """What may still be refunded, in minor units; may wait a moment for the payment's notice."""
        ...

    def refund(self, order: str, minor: int) -> None: ...

    def cancel(self, order: str) -> None: ...


class HttpShop:
    """The JSON interface, by a server that tries again with the same key until it has an answer."""

    def __init__(self, url: str, key: str, skus: list[str], seed: int) -> None:
        self.client = httpx.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self.random = random.Random(seed)
        self.skus = skus
        self.statuses: Counter[int] = Counter()
        self.pause = threading.Event()

    def place(self) -> tuple[str, str] | None:
        line = {"sku_id": self.random.choice(self.skus), "quantity": 1}
        answer = self._post("orders", {"line_items": [line], "buyer": {"reference": f"b{self.random.randrange(50)}"}})
        if answer.status_code != 201:
            return None
        order = answer.json()
        return order["id"], order["payment"]["attempt_id"]

    def paid(self, order: str) -> int:
        for _ in range(20):
            known = self.client.get(f"orders/{order}").json()
            if known["paid_minor"]:
                return int(known["paid_minor"] - known["refunded_minor"])
            self.pause.wait(0.1)
        return 0

    def refund(self, order: str, minor: int) -> None:
        self._post("refunds", {"order_id": order, "amount_minor": minor, "reason": "storm"})

    def cancel(self, order: str) -> None:
        self._post(f"orders/{order}/cancel", None)

    def _post(self, path: str, body: dict[str, Any] | None) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        for _ in range(30):
            answer = self.client.post(path, json=body, headers=headers)
            self.statuses[answer.status_code] += 1
            in_flight = answer.status_code == 409 and answer.json()["code"] == "idempotency_in_flight"
            if answer.status_code < 500 and not in_flight:
                break
            self.pause.wait(0.2)
        return answer


def buy(shop: Shop, company: httpx.Client, weather: Weather, dice: random.Random) -> None:
    """One buyer's story."""
    _maybe(weather, dice)
    placed = shop.place()
    if placed is None:
        return
    order, reference = placed
    if dice.random() < 0.08:
        _maybe(weather, dice)
        shop.cancel(order)
    deed = dice.choices(("approve", "decline", "cancel", None), (75, 10, 5, 10))[0]
    if deed is None:
        return
    _maybe(weather, dice)
    decided = company.post(f"payments/{reference}/{deed}", json={})  # 404: the company does not know it
    if decided.status_code == 200 and deed == "decline" and dice.random() < 0.3:
        company.post(f"payments/{reference}/approve", json={"force": True})
    if dice.random() < 0.5:
        _refund(shop, order, weather, dice)


def _refund(shop: Shop, order: str, weather: Weather, dice: random.Random) -> None:
    left = shop.paid(order)
    for _ in range(dice.randrange(1, 4)):
        if left > 0:
            _maybe(weather, dice)
            shop.refund(order, dice.choice((left, max(1, left // 2), max(1, left // 3))))


def _maybe(weather: Weather, dice: random.Random) -> None:
    if dice.random() < BAD_DAY:
        weather.turn()


def side_by_side(work: Callable[[int], None], *, hands: int) -> list[BaseException]:
    """Do `work(hand)` in so many threads; what went wrong in them."""
    with ThreadPoolExecutor(hands) as pool:
        ends = [pool.submit(work, hand) for hand in range(hands)]
    return [error for end in ends if (error := end.exception()) is not None]
