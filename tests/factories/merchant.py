"""A merchant's own system: a real HTTP server in a thread that checks signatures, and answers by script."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import Row, select

from app.domain.fulfilment.models import Delivery
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.fulfilment import manage_delivery
from tests.factories.shop import Shop


@dataclass
class MerchantSystem:
    """What it received, and what it will answer: (status, JSON) once each from `answers`, then 200 and nothing."""

    url: str = ""
    secret: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def receive(self, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        """Check the signature as Standard Webhooks says, and answer."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(expected, headers["webhook-signature"]):
            return 401, {}
        self.received.append(json.loads(body))
        self.ids.append(headers["webhook-id"])
        return self.answers.pop(0) if self.answers else (200, {})


@contextmanager
def merchant_system() -> Iterator[MerchantSystem]:
    """One that runs until the end of the block."""
    system = MerchantSystem()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, answer = system.receive(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    system.url = f"http://127.0.0.1:{server.server_port}/deliver"
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def sell(shop: Shop, kind: str, *, before_sale: Callable[[uuid.UUID], object] | None = None) -> None:
    """The shop's product is one of this kind from now on; `before_sale` gets its id."""
    command = ProductCommand(name="Goods", delivery_kind=kind, max_per_order=50)
    shop.product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    sku = SkuCommand(code=f"SKU-{kind}", name="One", price_minor=1000, currency="USD")
    shop.sku_id = manage_catalog.add_sku(shop.business_id, shop.product_id, sku)
    if kind == "callback":
        manage_delivery.set_callback(shop.business_id, shop.product_id, "http://127.0.0.1:9/")
    if before_sale is not None:
        before_sale(shop.product_id)
    manage_catalog.publish_product(shop.business_id, shop.product_id, actor="test")


def sell_through(shop: Shop, system: MerchantSystem) -> None:
    """The shop's product is delivered by the merchant's system from now on."""
    sell(shop, "callback")
    manage_delivery.set_callback(shop.business_id, shop.product_id, system.url)
    system.secret = manage_delivery.roll_callback_secret(shop.business_id, shop.product_id)


def delivery_of(shop: Shop, order_id: uuid.UUID) -> Row[Any]:
    """The delivery of an order with one line."""
    found: Row[Any] = shop.one(select(Delivery.__table__).where(Delivery.order_id == order_id))
    return found
