"""A receiver of webhooks: a real HTTP server in a thread that believes only what the official library verifies."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import Row, select
from standardwebhooks.webhooks import Webhook

from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.workflow.webhooks import manage_webhooks, send_webhooks
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.shop import Shop

OF_AN_ORDER = ["order.created", "payment.succeeded", "order.paid", "delivery.delivered", "order.fulfilled"]


@dataclass
class Receiver:
    """What it received, and what it will answer: (status, headers, body) once each from `answers`, then 200."""

    url: str = ""
    secret: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    # Objects whose events are answered with 500.
    poison: set[str] = field(default_factory=set)
    # Waited for before answering, when there is one.
    gate: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)

    @property
    def types(self) -> list[str]:
        """The types of the received events, in order of arrival."""
        return [each["type"] for each in self.received]

    def receive(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Verify, remember and answer."""
        event = Webhook(self.secret).verify(body, headers)
        self.received.append(event)
        self.headers.append(headers)
        self.reached.set()
        if self.gate is not None:
            self.gate.wait(60)
        if event["object_id"] in self.poison:
            return 500, {}, b"poison"
        return self.answers.pop(0) if self.answers else (200, {}, b"")


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that runs until the end of the block."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, answer = made.receive({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(answer)
            except OSError:
                return  # the other side has closed

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/hook?token=abc"
    try:
        yield made
    finally:
        if made.gate is not None:
            made.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def listen(shop: Shop, to: Receiver, *topics: str, in_order: bool = True) -> uuid.UUID:
    """An endpoint of the shop at the receiver's URL; its id."""
    command = EndpointCommand(to.url, topics or ("*",), in_order=in_order)
    made = manage_webhooks.create_endpoint(shop.business_id, command, actor="test")
    to.secret = made.secret
    return made.id


def send(shop: Shop, *endpoint_ids: uuid.UUID) -> int:
    """Send what is due to the endpoints, as the sender would; how many calls."""
    make_deliveries(shop.business_id)
    sent = 0
    for endpoint_id in endpoint_ids:
        while count := send_webhooks.take_turn(shop.business_id, endpoint_id):
            sent += count
    return sent


def deliveries_of(shop: Shop, endpoint_id: uuid.UUID) -> list[Row[Any]]:
    """The endpoint's deliveries, oldest first."""
    table = WebhookDelivery.__table__
    return list(shop.many(select(table).where(table.c.endpoint_id == endpoint_id).order_by(table.c.id)))


def endpoint(shop: Shop, endpoint_id: uuid.UUID) -> Row[Any]:
    """The endpoint as it is now."""
    found: Row[Any] = shop.one(select(WebhookEndpoint.__table__).where(WebhookEndpoint.id == endpoint_id))
    return found


@contextmanager
def dead() -> Iterator[tuple[str, ...]]:
    """Three URLs: nobody answers at the first, nobody listens at the second, and the third always answers 500."""
    with socket.socket() as hangs, socket.socket() as refuses, receiver() as fails:
        for each in (hangs, refuses):
            each.bind(("127.0.0.1", 0))
        hangs.listen(256)  # connections are made, and nobody ever reads them
        fails.receive = lambda *_: (500, {}, b"")  # type: ignore[method-assign]
        yield (*(f"http://127.0.0.1:{each.getsockname()[1]}/" for each in (hangs, refuses)), fails.url)


Waits = Callable[[Callable[[], bool]], None]
