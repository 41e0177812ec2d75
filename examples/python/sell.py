"""Sells one thing, from order to refund, and hears of it by webhooks. In test mode only: it plays the buyer too.

BURSAR_URL=http://127.0.0.1:8000 BURSAR_SECRET_KEY=sk_test_… python examples/python/sell.py
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bursar import BursarError, Client, verify_webhook

PATIENCE_S = 60.0


class Webhooks(ThreadingHTTPServer):
    """The part of your server that Bursar calls."""

    secret = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_for(self, topic: str, order_id: str) -> dict[str, Any]:
        """The event of this order; others are left out."""
        until = time.monotonic() + PATIENCE_S
        while True:
            event = self.events.get(timeout=max(0.1, until - time.monotonic()))
            if event["type"] == topic and order_id in str(event):
                return event


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Believe what is signed, and answer at once; work comes later."""
        assert isinstance(self.server, Webhooks)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self.server.events.put(verify_webhook(dict(self.headers), body, self.server.secret))
        except ValueError as error:
            self.send_error(400, str(error))
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Sell, refund, and tell what happened."""
    bursar = Client(os.environ.get("BURSAR_URL", "http://127.0.0.1:8000"), os.environ["BURSAR_SECRET_KEY"])
    webhooks = Webhooks()
    endpoint = bursar.post(
        "/v1/webhook_endpoints",
        {
            "url": f"http://127.0.0.1:{webhooks.server_port}/",
            "events": ["order.*"],
            "description": "Example",
        },
    )
    webhooks.secret = endpoint["secret"]
    try:
        sell_and_refund(bursar, webhooks)
    finally:
        bursar.delete(f"/v1/webhook_endpoints/{endpoint['id']}")
        webhooks.shutdown()


def sell_and_refund(bursar: Client, webhooks: Webhooks) -> None:
    """One order from start to end."""
    sku = first_sku(bursar)
    wish = {"line_items": [{"sku_id": sku["id"], "quantity": 1}], "buyer": {"reference": "customer-41"}}
    order = bursar.post("/v1/orders", {**wish, "channel": "simulator"}, idempotency_key=f"example-{time.time_ns()}")
    say(f"placed   {order['id']}  {order['total_minor']} {order['currency']}")

    play_the_buyer(order["payment"]["action"]["url"])
    event = webhooks.wait_for("order.paid", order["id"])
    say(f"paid     by webhook {event['id']}, verified")

    try:
        bursar.post("/v1/refunds", {"order_id": order["id"], "amount_minor": 10**9, "reason": "too much"})
    except BursarError as refused:
        say(f"refused  {refused.code} ({refused.status}), request {refused.request_id}")
    refund = bursar.post("/v1/refunds", {"order_id": order["id"], "reason": "It was an example."})
    while refund["status"] == "pending":
        time.sleep(0.25)
        refund = bursar.get(f"/v1/refunds/{refund['id']}")
    say(f"refunded {refund['id']}  {refund['amount_minor']} {refund['currency']}: {refund['status']}")


def first_sku(bursar: Client) -> dict[str, Any]:
    """Something that can be bought without an address to send it to."""
    for product in bursar.every("/v1/products"):
        if product["status"] == "on_sale" and product["skus"] and product["delivery_kind"] != "shipping":
            found: dict[str, Any] = product["skus"][0]
            return found
    sys.exit("Nothing is on sale here.")


def play_the_buyer(pay_url: str) -> None:
    """Press **Approve payment** on the simulator's page."""
    body = urllib.parse.urlencode({"action": "approve"}).encode()
    page = urllib.request.Request(pay_url, body)  # noqa: S310
    urllib.request.build_opener(_StayHere).open(page).close()


class _StayHere(urllib.request.HTTPRedirectHandler):
    def http_error_303(self, _request: Any, answer: Any, *_more: Any) -> Any:
        """The shop's own page is not looked at."""
        return answer


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
