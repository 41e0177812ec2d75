"""A merchant's server and a buyer's browser, as test clients that check every answer against the document."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core import db
from app.core.ids import show
from app.workflow.accounts.manage_keys import create_key

if TYPE_CHECKING:
    from tests.factories.shop import Shop

FORM = {"alt": "An image"}  # the texts that travel with an image
COUNTED = ("orders", "checkout_sessions", "payment_transactions", "payment_attempts", "ledger_entries", "products",
           "skus", "stock_reservations", "state_changes", "outbox_events", "idempotency_keys")  # fmt: skip


class Document:
    """The app's own OpenAPI document, as a judge of its answers."""

    def __init__(self, shown: dict[str, Any]) -> None:
        self.shown = shown
        self._judges: dict[str, Any] = {}

    def check(self, endpoint: str, answer: TestResponse) -> None:
        """The answer has a documented status, and the documented shape."""
        operation = self.operation(endpoint)
        response = operation["responses"].get(str(answer.status_code))
        assert response is not None, f"{endpoint} answers {answer.status_code}, which is not documented: {answer.text}"
        if "$ref" in response:
            response = self.shown["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        if answer.status_code == 204:
            assert not answer.data
            return
        content = response.get("content", {}).get(answer.mimetype)
        assert content is not None, f"{endpoint} answers {answer.mimetype}, which is not documented"
        if "x-codes" in response:
            assert answer.json["code"] in response["x-codes"], f"{endpoint}: {answer.json} is not documented"
        if answer.mimetype.endswith("json"):
            self._judge(content["schema"]).validate(answer.json)

    def operation(self, endpoint: str) -> dict[str, Any]:
        name = endpoint.rpartition(".")[2]
        for methods in self.shown["paths"].values():
            for operation in methods.values():
                if operation["operationId"] == name:
                    return dict(operation)
        raise AssertionError(f"{name} is not in the document")

    def _judge(self, schema: dict[str, Any]) -> Any:
        name = str(schema)
        if name not in self._judges:
            whole = {"components": self.shown["components"], **schema}
            self._judges[name] = jsonschema_rs.Draft202012Validator(whole)
        return self._judges[name]


@dataclass(frozen=True)
class Merchant:
    """A merchant's server with its secret key."""

    shop: Shop
    client: FlaskClient
    document: Document
    key: str

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, *, once: str | None = "") -> TestResponse:
        """POST; with `once` empty under a new Idempotency-Key, with None without one."""
        headers = {} if once is None else {"Idempotency-Key": once or str(uuid.uuid4())}
        return self.call("POST", path, body, headers)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        sent: dict[str, Any] = {}
        if isinstance(body, str):
            sent = {"data": body, "content_type": "application/json"}
        elif isinstance(body, bytes | tuple):
            content, form = body if isinstance(body, tuple) else (body, FORM)
            sent = {"data": {**form, "file": (io.BytesIO(content), "file")}}
        elif body is not None:
            sent = {"json": body}
        with self.client:
            answer = self.client.open(
                path, method=method, headers={"Authorization": f"Bearer {self.key}", **(headers or {})}, **sent
            )
            _check(self.document, answer)
        return answer

    def session_body(self, quantity: Any = 1, **more: Any) -> dict[str, Any]:
        item = {"sku_id": show("sku", self.shop.sku_id), "quantity": quantity}
        return {"line_items": [item], "buyer": {"reference": "buyer-1"}, **more}

    def new_session(self, quantity: int = 1, **more: Any) -> dict[str, Any]:
        answer = self.post("/v1/checkout/sessions", self.session_body(quantity, **more))
        assert answer.status_code == 201, answer.text
        return dict(answer.json or {})

    def rows(self) -> dict[str, int]:
        """How many rows the business has in each table that a request could change."""
        tables = db.Base.metadata.tables
        with db.reading(self.shop.business_id):
            return {
                name: db.scalar(
                    select(func.count())
                    .select_from(tables[name])
                    .where(tables[name].c.business_id == self.shop.business_id)
                )
                for name in COUNTED
            }


@dataclass(frozen=True)
class Browser:
    """A buyer's browser with the client secret of its session."""

    client: FlaskClient
    document: Document
    secret: str

    def call(
        self, method: str, path: str = "", body: Any = None, headers: dict[str, str] | None = None
    ) -> TestResponse:
        sent = {} if body is None else {"json": body}
        all_headers = {"Authorization": f"Bearer {self.secret}", **(headers or {})}
        with self.client:
            answer = self.client.open(f"/sdk/v1/session{path}", method=method, headers=all_headers, **sent)
            _check(self.document, answer)
        return answer


def _check(document: Document, answer: TestResponse) -> None:
    from flask import request

    if request.endpoint and request.method != "OPTIONS":
        document.check(request.endpoint, answer)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def document(app: Flask) -> Document:
    return Document(dict(app.test_client().get("/openapi.json").json or {}))


@pytest.fixture
def merchant_of(app: Flask, document: Document) -> Callable[[Shop], Merchant]:
    """A function that gives a shop a server with a key of its own."""

    def make(shop: Shop) -> Merchant:
        key = create_key(shop.business_id, name="test", kind="secret", made_for=uuid.UUID(int=9)).secret
        return Merchant(shop, app.test_client(), document, key)

    return make


@pytest.fixture
def merchant(shop: Shop, merchant_of: Callable[[Shop], Merchant]) -> Merchant:
    return merchant_of(shop)


@pytest.fixture
def browser_of(app: Flask, document: Document) -> Callable[[str], Browser]:
    """A function that gives a client secret a browser."""
    return lambda secret: Browser(app.test_client(), document, secret)
