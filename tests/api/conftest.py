"""A merchant's server and a buyer's browser, as test clients of the JSON surfaces."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.ids import show
from app.workflow.manage_keys import create_key

if TYPE_CHECKING:
    from tests.factories.shop import Shop


@dataclass(frozen=True)
class Merchant:
    """A merchant's server with its secret key."""

    shop: Shop
    client: FlaskClient
    key: str

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, *, once: str | None = "") -> TestResponse:
        """POST; with `once` empty under a new Idempotency-Key, with None without one."""
        headers = {} if once is None else {"Idempotency-Key": once or str(uuid.uuid4())}
        return self.call("POST", path, body, headers)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        sent: dict[str, Any] = {"data": body, "content_type": "application/json"} if isinstance(body, str) else {}
        if body is not None and not sent:
            sent = {"json": body}
        all_headers = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return self.client.open(path, method=method, headers=all_headers, **sent)

    def session_body(self, quantity: Any = 1, **more: Any) -> dict[str, Any]:
        item = {"sku_id": show("sku", self.shop.sku_id), "quantity": quantity}
        return {"line_items": [item], "buyer": {"reference": "buyer-1"}, **more}

    def new_session(self, **more: Any) -> dict[str, Any]:
        answer = self.post("/v1/checkout/sessions", self.session_body(**more))
        assert answer.status_code == 201, answer.text
        return dict(answer.json or {})


@dataclass(frozen=True)
class Browser:
    """A buyer's browser with the client secret of its session."""

    client: FlaskClient
    secret: str

    def call(self, method: str, path: str = "", body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {self.secret}"
        sent = {} if body is None else {"json": body}
        return self.client.open(f"/sdk/v1/session{path}", method=method, headers=named, **sent)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def merchant_of(client: FlaskClient) -> Callable[[Shop], Merchant]:
    """A function that gives a shop a server with a key of its own."""

    def make(shop: Shop) -> Merchant:
        return Merchant(shop, client, create_key(shop.business_id, name="test", kind="secret").secret)

    return make


@pytest.fixture
def merchant(shop: Shop, merchant_of: Callable[[Shop], Merchant]) -> Merchant:
    return merchant_of(shop)
