"""How long the server takes for each page of the portal, of a shop with few orders and with very many."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask, current_app, url_for

from app.core.ids import show
from app.read.orders.orders_list import latest
from app.workflow.insights import count_metrics
from bench import lists
from bench import visitor as people
from bench.arithmetic import percentile
from bench.place import Place, application
from bench.report import Row
from bench.sales import Quarter
from bench.shops import open_shop

SIZES = (10_000, 1_000_000)
VIEWS = 8
GOAL_MS = 150.0


@dataclass
class Took:
    """Milliseconds by page."""

    pages: dict[str, list[float]] = field(default_factory=dict)
    lists: dict[str, list[float]] = field(default_factory=dict)


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Fill a shop twice, and look at every page each time. In this process: what the network takes is left out."""
    app = application()
    shop = open_shop(place.company_url)
    business_id = uuid.UUID(shop.business_id)
    visitor = people.signed_in(app, business_id)
    took: list[Took] = []
    with psycopg.connect(place.admin()) as connection:
        quarter, filled = Quarter(place, shop, connection), 0
        for size in SIZES:
            began_s = time.monotonic()
            quarter.fill(filled + 1, size)
            filled = size
            print_line(f"  {size:,} orders after {time.monotonic() - began_s:.0f} s more")
            with app.app_context():
                count_metrics.count_again(business_id)  # the second time, what is older came later
            print_line(f"  metrics counted, {time.monotonic() - began_s:.0f} s")
            took.append(_look(app, visitor, business_id))
    return _measurements(*took)


def _measurements(few: Took, many: Took) -> list[Row]:
    rows = []
    for name, taken in sorted(many.pages.items(), key=lambda each: -percentile(each[1], 50)):
        before, p50, p99 = percentile(few.pages[name], 50), percentile(taken, 50), percentile(taken, 99)
        beside = f"p99 {p99:.0f}; at {SIZES[0]:,} orders {before:.0f}"
        rows.append(Row(f"{name}, p50", p50, "ms", beside, p50 / GOAL_MS))
    return [*rows, *lists.measurements(few.lists, many.lists, sizes=SIZES)]


def _look(app: Flask, visitor: Any, business_id: uuid.UUID) -> Took:
    took = Took()
    with app.test_request_context():
        addresses = dict(_addresses(business_id))
    for name, address in addresses.items():
        took.pages[name] = people.timed(visitor, address, VIEWS)
    took.lists = lists.visit(visitor)
    return took


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
