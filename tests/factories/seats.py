"""A merchant's own system that keeps seats, in the simulator's process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from app.core.http import merchant_call
from app.workflow.catalog import manage_participant
from tests.factories.shop import Shop


@dataclass(frozen=True)
class Seats:
    """The system of one shop."""

    shop: Shop
    system: str
    url: str
    secret: str

    @property
    def free(self) -> int:
        """Seats that nobody has."""
        return int(self._look()["free"])

    @property
    def reservations(self) -> list[dict[str, Any]]:
        """The reservations it knows, oldest first."""
        return list(self._look()["reservations"])

    def script(self, operation: str, behavior: str, *, times: int = 1, value: str | None = None) -> None:
        """Make it misbehave."""
        body: dict[str, Any] = {"scope": "payment", "out_trade_no": self.system, "times": times}
        body |= {"operation": operation, "behavior": behavior}
        self.shop.company("scripts", body | ({"value": value} if value else {}))

    def call(self, body: dict[str, Any]) -> int:
        """A signed call; its status."""
        content = json.dumps(body).encode()
        headers = merchant_call.sign(self.secret, "test", content)
        return httpx.post(self.url, content=content, headers=headers, timeout=30).status_code

    def _look(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.shop.simulator}/admin/participants/{self.system}", timeout=30)
        answer.raise_for_status()
        return dict(answer.json())


def keep_seats(shop: Shop, *, capacity: int) -> Seats:
    """From now on such a system keeps the shop's SKU."""
    system = f"seats-{shop.merchant_id}"
    url = f"{shop.simulator}/participant/{system}"
    secret = manage_participant.set_participant(shop.business_id, shop.sku_id, url)
    assert secret is not None
    shop.company("participants", {"system": system, "secret": secret, "capacity": capacity})
    return Seats(shop, system, url, secret)
