"""How soon a buyer can pay in the merchant's page: the panel in Chromium on a processor four times as slow, read from
the browser's own trace. The page is the merchant's, on another origin; all parts come over the loopback."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
from sqlalchemy import update

from app.core import db
from app.domain.accounts.business.models import Business
from bench.arithmetic import percentile
from bench.place import HOST, Place
from bench.report import Row
from bench.shops import BenchShop, open_shop
from ops import browser as browsers

VISITS = 15
SLOWER = 4
GOAL_MS = 300
CATEGORIES = ["devtools.timeline", "blink.user_timing", "loading"]
BODY = """<!doctype html><html lang="en"><title>Shop</title><style>#place { min-height: 900px }</style><h1>Shop</h1>
<div id="place"></div><p>Below</p><script src="%(url)s/static/sdk/v1/bursar.js"></script><script>
window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) shifted += entry.value; })
  .observe({ type: 'layout-shift', buffered: true });
Bursar('pk_test_1').checkout({ clientSecret: '%(secret)s' }).mount('#place')
  .on('ready', () => requestAnimationFrame(() => performance.mark('panel-ready')));
</script></html>"""


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Visit the page again and again, each time with an empty cache."""
    print_line(f"  {VISITS} visits of a page with a panel")
    with _shop() as shop, browsers.launched(browsers.find()) as browser:
        shop.html = BODY % {"url": place.url, "secret": _session(place, shop.origin)}
        visits = [_visit(browser, shop.origin) for _ in range(VISITS + 1)][1:]
    duration_ms = sorted(visit[0] for visit in visits)
    p50_ms, p95_ms = percentile(duration_ms, 50), percentile(duration_ms, 95)
    name = f"panel ready after its script is there, {SLOWER} times slower"
    return [
        Row(f"{name}, p50", p50_ms, "ms", f"goal {GOAL_MS} ms", p50_ms / GOAL_MS),
        Row(f"{name}, p95", p95_ms, "ms", f"goal {GOAL_MS} ms", p95_ms / GOAL_MS),
        Row("panel, requests beyond the script", max(visit[1] for visit in visits), "", "goal 1"),
        Row("panel, layout shift", max(visit[2] for visit in visits), "", "goal 0"),
    ]


class _Shop(HTTPServer):
    """The merchant's page."""

    html = ""

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.server_port}"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the page, whatever was requested."""
        assert isinstance(self.server, _Shop)
        content = self.server.html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def _shop() -> Iterator[_Shop]:
    server = _Shop((HOST, 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _session(place: Place, origin: str) -> str:
    """The client secret of a checkout that the page may open."""
    shop = open_shop(place.company_url)
    _let_in(shop, origin)
    body = {"line_items": [{"sku_id": shop.sku_id, "quantity": 1}], "buyer": {"reference": "bench"}}
    headers = {"Authorization": f"Bearer {shop.secret_key}", "Idempotency-Key": str(uuid.uuid4())}
    answer = httpx.post(f"{place.url}/v1/checkout/sessions", json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["client_secret"])


def _let_in(shop: BenchShop, origin: str) -> None:
    with db.system_phase("bench.origin"):
        mine = update(Business).where(Business.id == uuid.UUID(shop.business_id))
        db.write(mine.values(allowed_origins=[origin]), expect=1)


def _visit(browser: Any, address: str) -> tuple[float, int, float]:
    """Milliseconds from the script's last byte to the panel drawn; requests in between; what moved."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(address)
    page.wait_for_function("performance.getEntriesByName('panel-ready').length > 0")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    shifted = float(page.evaluate("shifted"))
    events = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    beyond = [url for url in requests if not url.startswith(address) and not url.endswith("/bursar.js")]
    return _duration_ms(events), len(beyond), shifted


def _duration_ms(events: list[dict[str, Any]]) -> float:
    script = next(
        event["args"]["data"]["requestId"]
        for event in events
        if event["name"] == "ResourceSendRequest" and event["args"]["data"]["url"].endswith("/bursar.js")
    )
    there_us = next(
        int(event["ts"])
        for event in events
        if event["name"] == "ResourceFinish" and event["args"]["data"]["requestId"] == script
    )
    ready_us = next(int(event["ts"]) for event in events if event["name"] == "panel-ready")
    return (ready_us - there_us) / 1000
