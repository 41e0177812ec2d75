"""A shop and a Bursar that exist only in the browser: the real SDK against snapshots that a test writes. Requests are
recorded, so that a test can count them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Request, Route

SHOP, BURSAR = "https://shop.test", "https://pay.test"
SECRET = "ses_0123456789abcdefghjkmnpqrs_secret_0123456789abcdef"
FILES = Path(__file__).resolve().parents[2] / "static" / "sdk"
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json"}
POLICY = (
    f"default-src 'none'; script-src 'self' {BURSAR}; connect-src 'self' {BURSAR}; style-src 'self'; "
    f"img-src {BURSAR}; require-trusted-types-for 'script'"
)
# The place of the panel has the height that the panel will have.
STYLES = "#place { min-height: 800px; }"
Answer = tuple[int, dict[str, Any]]


def snapshot(**over: Any) -> dict[str, Any]:
    """A session with one line for $12.00, ready to be paid on the company's page."""
    line = {
        "key": "ln_1",
        "sku_id": "sku_1",
        "product": {"id": "prd_1", "name": "Membership"},
        "name": "1 month",
        "skus": [],
        "quantity": 1,
        "quantity_min": 1,
        "quantity_max": 5,
        "unit_price_minor": 1200,
        "subtotal_minor": 1200,
        "discount_minor": 0,
        "total_minor": 1200,
        "available": True,
    }
    whole = {
        "session_id": "ses_0123456789abcdefghjkmnpqrs",
        "version": 1,
        "status": "ready",
        "mode": "test",
        "locale": "en",
        "currency": "USD",
        "currency_exponent": 2,
        "merchant": {"name": "Moonlight Press"},
        "lines": [line],
        "product": {"id": "prd_1", "name": "Membership", "description": ""},
        "skus": [{"id": "sku_1", "name": "1 month", "unit_price_minor": 1200, "available": True}],
        **{name: line[name] for name in ("sku_id", "quantity", "quantity_min", "quantity_max", "unit_price_minor")},
        "steps": [],
        "discounts": [],
        "subtotal_minor": 1200,
        "discount_minor": 0,
        "total_minor": 1200,
        "payment_methods": [
            {"id": "cha_1", "name": "simulator", "title": "Card", "scene": "web", "available": True, "reason": None}
        ],
        "payment_method_id": "cha_1",
        "coupons": [],
        "coupons_open": False,
        "wallet": None,
        "agreements": [],
        "action": None,
        "error": None,
        "order_id": None,
        "order_number": None,
        "return_url": None,
        "hosted_url": f"{BURSAR}/c/ses_0123456789abcdefghjkmnpqrs",
        "expires_at": "2100-01-01T00:00:00+00:00",
        "now": "2099-12-31T23:00:00+00:00",
        "delivered": True,
        "appearance": None,
        "request_id": "req_1",
    }
    return whole | over


class Stub:
    """Answers every request of a browser context; what is not known is a 404."""

    def __init__(self, context: BrowserContext) -> None:
        self.pages: dict[str, str] = {}
        self.scripts: dict[str, str] = {}
        self.now = snapshot()
        self.opened: list[str] = []
        self.calls: list[str] = []
        self.is_cut_off = False
        self.answers: dict[str, Callable[[Request], Answer | None]] = {}
        context.route("**/*", self._answer)

    def page(self, path: str, body: str, script: str = "") -> str:
        """A page of the shop under a strict policy, with a script of its own; its address."""
        tag = f'<script type="module" src="{path}.js"></script>' if script else ""
        head = f'<title>Shop</title><link rel="stylesheet" href="{path}.css">{tag}'
        self.pages[path] = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
        self.scripts[f"{path}.css"] = STYLES
        self.scripts[f"{path}.js"] = script
        return SHOP + path

    def count(self, what: str) -> int:
        """How many requests there were of which this is the beginning: `GET /sdk/`."""
        return sum(each.startswith(what) for each in self.calls)

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if f"{url.scheme}://{url.netloc}" == SHOP and url.path in self.pages:
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html"}
            route.fulfill(status=200, headers=headers, body=self.pages[url.path])
        elif url.path in self.scripts:
            kind = KINDS[Path(url.path).suffix]
            route.fulfill(status=200, content_type=kind, body=self.scripts[url.path])
        elif url.path.startswith("/static/sdk/"):
            self._file(route, url.path)
        elif url.path.startswith("/sdk/v1/"):
            self._call(route, url.path)
        elif url.path.startswith(("/c/", "/b/", "/pay")):
            self.calls.append(f"{route.request.method} {url.path}")
            route.fulfill(status=200, content_type="text/html", body=f"<h1>Elsewhere: {url.path}</h1>")
        else:
            route.fulfill(status=404, body="")

    def _file(self, route: Route, path: str) -> None:
        self.calls.append(f"GET {path}")
        known = self.answers.get(path.rpartition("/")[2])
        if known and known(route.request) is None:
            route.abort()
            return
        file = FILES / path.removeprefix("/static/sdk/")
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": KINDS.get(file.suffix, "text/plain")}
        route.fulfill(status=200, headers=headers, body=file.read_bytes())

    def _call(self, route: Route, path: str) -> None:
        request = route.request
        self.calls.append(f"{request.method} {path}")
        status, body = self._said(request, path.removeprefix("/sdk/v1/")) or (0, {})
        if not status:
            route.abort()
            return
        headers = {"Access-Control-Allow-Origin": SHOP, "Content-Type": "application/json"}
        route.fulfill(status=status, headers=headers, body=json.dumps(body))

    def _said(self, request: Request, what: str) -> Answer | None:
        if self.is_cut_off:
            return None
        if what in self.answers:
            return self.answers[what](request)
        if what == "checkouts":
            self.opened.append(request.headers["idempotency-key"])
            return 201, self.now | {"client_secret": SECRET}
        if what == "session/confirm":
            self.turn(status="requires_action", action={"type": "redirect", "url": f"{BURSAR}/pay/1"}, order_id="ord_1")
        if what in ("session", "session/confirm"):
            return 200, self.now
        return 404, {"code": "not_found", "detail": "There is no such thing."}

    def turn(self, **over: Any) -> None:
        """The session is another one now."""
        self.now = self.now | over | {"version": self.now["version"] + 1}
