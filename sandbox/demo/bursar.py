"""The few calls of Bursar's API that a shop needs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

TIMEOUT_S = 10.0


class ShopNotSetUp(Exception):
    """No keys were given and none were found."""


class BursarRefused(Exception):
    """Bursar answered with something else than was requested, or did not answer at all."""


@dataclass(frozen=True)
class Keys:
    """Where Bursar is and who we are there."""

    url: str
    secret_key: str
    publishable_key: str
    webhook_secret: str = ""
    configuration: str = ""

    @classmethod
    def find(cls) -> Keys:
        """From the environment; else those that seeding the demo business left in `demo.json`.

        Raises:
            ShopNotSetUp: neither is there.
        """
        seeded = _seeded()
        keys = cls(
            url=os.environ.get("BURSAR_URL", "http://127.0.0.1:8000").rstrip("/"),
            secret_key=os.environ.get("BURSAR_SECRET_KEY") or str(seeded.get("secret_key", "")),
            publishable_key=os.environ.get("BURSAR_PUBLISHABLE_KEY") or str(seeded.get("publishable_key", "")),
            webhook_secret=os.environ.get("BURSAR_WEBHOOK_SECRET") or str(seeded.get("webhook_secret", "")),
            configuration=os.environ.get("BURSAR_CONFIGURATION") or str(seeded.get("configuration", "")),
        )
        if not keys.secret_key:
            raise ShopNotSetUp
        return keys


def _seeded() -> dict[str, Any]:
    path = Path(os.environ.get("BURSAR_VAR", "var")) / "demo.json"
    try:
        seeded = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return seeded if isinstance(seeded, dict) else {}


class Bursar:
    """The API under one secret key."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def products(self) -> list[dict[str, Any]]:
        """What is on sale and has SKUs, newest first.

        Raises:
            BursarRefused: nothing is, or Bursar cannot be reached.
        """
        found = self._call("GET", "/v1/products", params={"limit": 20})["data"]
        on_sale = [product for product in found if product["status"] == "on_sale" and product.get("skus")]
        if not on_sale:
            raise BursarRefused("No product is on sale yet.")
        return on_sale

    def open_checkout(
        self, items: list[dict[str, Any]], *, buyer: str, return_url: str, locale: str, key: str
    ) -> dict[str, Any]:
        """A new checkout session for these line items; the same one again under the same `key`."""
        body = {
            "line_items": items,
            "buyer": {"reference": buyer, "signed_in": True},
            "return_url": return_url,
            "locale": locale,
        }
        return self._call("POST", "/v1/checkout/sessions", json=body, headers={"Idempotency-Key": key})

    def checkout(self, session_id: str) -> dict[str, Any]:
        """The session as it stands."""
        return self._call("GET", f"/v1/checkout/sessions/{session_id}")

    def entitlements(self, buyer: str) -> list[dict[str, Any]]:
        """What the buyer owns, newest first, each with its product's name."""
        names = {product["id"]: product["name"] for product in self._call("GET", "/v1/products")["data"]}
        owned = self._call("GET", "/v1/entitlements", params={"buyer_reference": buyer})["data"]
        return [{**each, "name": names.get(each["product_id"], "Membership")} for each in owned]

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.keys.secret_key}", **options.pop("headers", {})}
        try:
            answer = httpx.request(method, self.keys.url + path, headers=headers, timeout=TIMEOUT_S, **options)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise BursarRefused(f"Bursar cannot be reached: {error}") from error
        if answer.is_error or not isinstance(body, dict):
            raise BursarRefused(str(body.get("detail", answer.status_code)) if isinstance(body, dict) else "?")
        return body
