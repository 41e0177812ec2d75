"""Cold start, memory, and how soon a buyer sees the panel."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from app.core import db
from bench.arithmetic import percentile
from bench.load import Connection
from bench.place import HOST, Place
from bench.report import Row
from bench.shops import open_shop
from ops import processes

VIEWS = 200

# What a browser says of a page that it opens for the person before it.
NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Start everything again on what lies there, then look at it. The web server runs, before and after."""
    print_line("  starting everything again")
    place.stop("web")
    seconds = place.restart_servers()
    db.forget_connections()
    seconds += place.start(place.web(), processes.WORKER, processes.FILES, processes.RELAY)
    measurements = [Row("cold start, servers and processes", seconds, "s", "goal 4 s", seconds / 4)]
    measurements += _panel(place)
    measurements += _memory(place)
    place.stop("relay", "files", "worker")
    return measurements


def _panel(place: Place) -> list[Row]:
    shop = open_shop(place.company_url)
    connection = Connection(HOST, place.web_port)
    body = {"line_items": [{"sku_id": shop.sku_id, "quantity": 1}], "buyer": {"reference": "bench"}}
    headers = f"Authorization: Bearer {shop.secret_key}\r\nContent-Type: application/json\r\n"
    headers += f"Idempotency-Key: {uuid.uuid4()}\r\n"
    status, content = connection.call("POST", "/v1/checkout/sessions", headers, json.dumps(body).encode())
    assert status == 201, content
    session = json.loads(content)
    cookie = _cookie(place, session["url"])
    took_s = []
    for _ in range(VIEWS):
        began_s = time.perf_counter()
        status, content = connection.call("GET", f"/c/{session['id']}", cookie)
        took_s.append(time.perf_counter() - began_s)
        assert status == 200, (status, content[:300])
    took_s.sort()
    p95_ms = percentile(took_s, 95) * 1000
    return [
        Row("panel, first HTML, p50", percentile(took_s, 50) * 1000, "ms"),
        Row("panel, first HTML, p95", p95_ms, "ms", "goal 40 ms", p95_ms / 40),
        Row("panel, first HTML, size", len(content) / 1024, "KB"),
    ]


def _cookie(place: Place, url: str) -> str:
    """What the page gives a buyer's browser that follows the link."""
    import httpx

    with httpx.Client(base_url=place.url, headers=NAVIGATES) as browser:
        browser.get(f"/c/{url.partition('/c/')[2]}")
        stored = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return f"Cookie: {stored}\r\nAccept: text/html\r\n"


def _memory(place: Place) -> list[Row]:
    """Resident memory of each process of our own after some work; web is its largest serving process."""
    measurements = []
    for name, goal_mb in (("web", 120), ("worker", 90), ("files", 90), ("relay", None)):
        mb = max(_resident_mb(pid) for pid in _family(place.running[name].pid))
        goal = f"goal {goal_mb} MB" if goal_mb else ""
        measurements.append(Row(f"memory of {name}", mb, "MB", goal, mb / goal_mb if goal_mb else None))
    return measurements


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
