"""How long the server takes for each page of the portal, of a shop with few orders and with very many."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask, current_app, url_for

from app.core import db
from app.core.ids import new_id, show
from app.core.passwords import hash_password
from app.domain.business.models import Membership, Person
from app.read.lists.orders import latest
from app.workflow import count_figures
from bench.lifecycle import percentile
from bench.place import Place, application
from bench.report import Row
from bench.sales import Quarter
from bench.shops import open_shop

SIZES = (10_000, 1_000_000)
VIEWS, LIST_VIEWS = 8, 12
PAGE_GOAL_MS, GROWTH_GOAL = 150.0, 1.5
# Lists as people ask for them; {day} is one of the quarter.
LISTS = (
    *(f"/portal/orders{query}" for query in ("", "?view=open", "?view=paid", "?view=refunds", "?view=closed")),
    *(f"/portal/orders{query}" for query in ("?view=trouble", "?order=oldest", "?status=refunded", "?q=b77")),
    *(f"/portal/orders{query}" for query in ("?q=b77@example.com", "?q=T2500", "?from=2001-01-01", "?to=2001-01-01")),
    *(f"/portal/payments{query}" for query in ("", "?view=failed", "?view=undecided", "?view=surplus", "?q=b77")),
    *(f"/portal/payments{query}" for query in ("?channel=simulator", "?channel=wallet", "?order=oldest")),
    *(f"/portal/refunds{query}" for query in ("", "?view=succeeded", "?view=failed", "?q=b77", "?channel=wallet")),
    *(f"/portal/movements{query}" for query in ("", "?view=open", "?view=failed", "?kind=refund", "?kind=payout")),
)


@dataclass
class Took:
    """Milliseconds by page."""

    pages: dict[str, list[float]] = field(default_factory=dict)
    lists: dict[str, list[float]] = field(default_factory=dict)


def measure(place: Place, say: Callable[[str], None]) -> list[Row]:
    """Fill a shop twice, and look at every page each time. In this process: what the network takes is left out."""
    app = application()
    shop = open_shop(place.company_url)
    business_id = uuid.UUID(shop.business_id)
    visitor = _signed_in(app, business_id)
    took: list[Took] = []
    with psycopg.connect(place.admin()) as connection:
        quarter, filled = Quarter(place, shop, connection), 0
        for size in SIZES:
            began_s = time.monotonic()
            quarter.fill(filled + 1, size)
            filled = size
            say(f"  {size:,} orders after {time.monotonic() - began_s:.0f} s more")
            with app.app_context():
                count_figures.count(business_id)
            say(f"  figures counted, {time.monotonic() - began_s:.0f} s")
            took.append(_look(app, visitor, business_id))
    return _figures(*took)


def _figures(few: Took, many: Took) -> list[Row]:
    rows = []
    for name, taken in sorted(many.pages.items(), key=lambda each: -percentile(each[1], 50)):
        before, p50, p99 = percentile(few.pages[name], 50), percentile(taken, 50), percentile(taken, 99)
        beside = f"p99 {p99:.0f}; at {SIZES[0]:,} orders {before:.0f}"
        rows.append(Row(f"{name}, p50", p50, "ms", beside, p50 / PAGE_GOAL_MS))
    for name, taken in sorted(many.lists.items()):
        before, now = percentile(few.lists[name], 50), percentile(taken, 50)
        rows.append(Row(f"{name}, p50", now, "ms", f"at {SIZES[0]:,} orders {before:.0f}", now / PAGE_GOAL_MS))
    all_few, all_many = (sorted(ms for each in took.lists.values() for ms in each) for took in (few, many))
    slow, was = percentile(all_many, 99), percentile(all_few, 99)
    growth = slow / was
    return [
        *rows,
        Row(f"lists at {SIZES[0]:,} orders, p99", was, "ms", f"goal {PAGE_GOAL_MS:.0f} ms", was / PAGE_GOAL_MS),
        Row(f"lists at {SIZES[1]:,} orders, p99", slow, "ms", f"goal {PAGE_GOAL_MS:.0f} ms", slow / PAGE_GOAL_MS),
        Row("lists, p99, many ÷ few", growth, "×", f"goal {GROWTH_GOAL}", growth / GROWTH_GOAL),
    ]


def _look(app: Flask, visitor: Any, business_id: uuid.UUID) -> Took:
    took = Took()
    with app.test_request_context():
        addresses = dict(_addresses(business_id))
    for name, address in addresses.items():
        took.pages[name] = _timed(visitor, address, VIEWS)
    for address in LISTS:
        took.lists[address] = _timed(visitor, address, LIST_VIEWS)
    for number, address in enumerate(_pages_on(visitor)):
        took.lists[f"/portal/orders, page {number + 2}"] = _timed(visitor, address, LIST_VIEWS)
    return took


def _timed(visitor: Any, address: str, views: int) -> list[float]:
    took_ms = []
    for number in range(views + 2):
        began_s = time.perf_counter()
        response = visitor.get(address)
        if number > 1:  # the first two warm templates and plans
            took_ms.append((time.perf_counter() - began_s) * 1000)
        if response.status_code not in (200, 302, 303):
            raise RuntimeError(f"{address} answers {response.status_code}")
    return sorted(took_ms)


def _pages_on(visitor: Any) -> Iterator[str]:
    address = "/portal/orders"
    for _ in range(3):
        found = re.search(r'href="([^"]*cursor=[^"]*)"', visitor.get(address).text)
        assert found is not None, "there is no second page"
        address = found[1].replace("&amp;", "&")
        yield address


def _addresses(business_id: uuid.UUID) -> Iterator[tuple[str, str]]:
    """Every page that a shop like this one has."""
    [order] = latest(business_id, 1)
    known = {"order_id": show("ord", order.id)}
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint.startswith("portal.") and "GET" in (rule.methods or ()) and rule.arguments <= known.keys():
            named: dict[str, Any] = {name: known[name] for name in rule.arguments}
            if rule.endpoint not in NEEDS_MORE:
                yield rule.endpoint.removeprefix("portal."), url_for(rule.endpoint, **named)


NEEDS_MORE = {"portal.bulk.new"}  # an address with more in it than names


def _signed_in(app: Flask, business_id: uuid.UUID) -> Any:
    """A browser in which an owner of the business is signed in."""
    person_id, password = new_id(), secrets.token_urlsafe(12)
    values = {"email": f"{secrets.token_hex(6)}@bench.example", "name": "Bench"}
    with db.system_phase("bench.person"):
        made = db.new_row(Person, id=person_id, password_hash=hash_password(password), **values)
        db.write(made)
    with db.system_phase("bench.seat"):
        db.write(db.new_row(Membership, business_id=business_id, person_id=person_id, role="owner"))
    visitor = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/portal/login").text)
    assert token is not None, "the form to sign in has no token"
    sent = {"csrf_token": token[1], "email": values["email"], "password": password}
    assert visitor.post("/portal/login", data=sent).status_code == 303, "signing in failed"
    return visitor
