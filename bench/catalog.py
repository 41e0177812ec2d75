"""The catalogue: what a cart costs to price, whether lists stay flat, how fast a file of products comes in."""

from __future__ import annotations

import io
import json
import time
import uuid
from collections.abc import Callable

import psycopg

from app.core import clock
from app.core.ids import new_id
from app.core.money import MAX_MINOR
from app.domain.marketing.kinds import FullReduction, Percentage, Step
from app.domain.marketing.pricing import price
from app.domain.marketing.types import Cart, CartItem, Context, DiscountRule, Offer, Tier
from app.read.catalog import imports
from app.workflow.catalog import import_products
from bench import fill
from bench.arithmetic import percentile
from bench.load import Connection
from bench.place import HOST, Place
from bench.report import Row
from bench.shops import open_shop

FEW, MANY = 100, 100_000
VIEWS = 120
ROWS = 100_000
# Part of a name that one product has, that a seventieth have, that nearly all have, and that nobody has.
SEARCHES = ("{last}", "golden ticket", "a", "nothing of this")


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """The web server runs; the file comes in here, without a worker between."""
    return [*_prices(), *_lists(place, print_line), *_import(place, print_line)]


def _prices() -> list[Row]:
    rules = [
        DiscountRule(id=new_id(), name="Tenth", benefit=Percentage(off_bps=1000)),
        DiscountRule(id=new_id(), name="Over", benefit=FullReduction(steps=(Step(5000, 500),)), currency="USD"),
    ]
    context = Context(now=clock.now())
    measurements = []
    for lines in (1, 10, 100):
        offers = [
            Offer(sku_id=new_id(), product_id=new_id(), currency="USD", tiers=(Tier(unit_minor=1000 + n),))
            for n in range(lines)
        ]
        cart = Cart("USD", tuple(CartItem(str(n), offer.sku_id, 2) for n, offer in enumerate(offers)))
        took_s = []
        for _ in range(60):
            began_s = time.perf_counter()
            priced = price(cart, offers, rules, (), context)
            took_s.append(time.perf_counter() - began_s)
            assert 0 < priced.total_minor < MAX_MINOR
        took_s.sort()
        measurements.append(
            Row(f"price {lines} line{'s' if lines > 1 else ''}, p50", percentile(took_s, 50) * 1000, "ms")
        )
    return measurements


def _lists(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    measurements, before = [], dict[str, float]()
    with psycopg.connect(place.admin()) as connection:
        for count in (FEW, MANY):
            print_line(f"  {count:,} products")
            shop = open_shop(place.company_url)
            fill.products(connection, uuid.UUID(shop.business_id), count)
            for name, paths in _paths(count).items():
                p99_ms = _request_ms(place, shop.secret_key, paths)
                ratio = p99_ms / before[name] if name in before else None
                of = f"at {FEW}" if ratio else ""
                measurements.append(Row(f"{name} of {count:,} products, p99", p99_ms, "ms", of, ratio))
                before[name] = p99_ms
    return measurements


def _paths(count: int) -> dict[str, list[str]]:
    searched = [each.format(last=f"nr{count - 1}").replace(" ", "%20") for each in SEARCHES]
    return {
        "list": ["/v1/products?limit=50", "/v1/products?limit=50&status=on_sale"],
        "search": [f"/v1/products?limit=50&q={each}" for each in searched],
    }


def _request_ms(place: Place, key: str, paths: list[str]) -> float:
    """p99 over all pages, each asked for as often as the others, the second page among them."""
    connection = Connection(HOST, place.web_port)
    headers = f"Authorization: Bearer {key}\r\n"
    request = list(paths)
    for path in paths:
        status, content = connection.call("GET", path, headers)
        assert status == 200, content
        cursor = json.loads(content)["next_cursor"]
        request += [f"{path}&cursor={cursor}"] if cursor else []
    took_s = []
    for number in range(VIEWS):
        began_s = time.perf_counter()
        status, _ = connection.call("GET", request[number % len(request)], headers)
        took_s.append(time.perf_counter() - began_s)
        assert status == 200
    took_s.sort()
    return percentile(took_s, 99) * 1000


def _import(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    print_line(f"  a file of {ROWS:,} rows")
    business_id = uuid.UUID(open_shop(place.company_url).business_id)
    head = "product,sku,name,price,currency,stock,status\n"
    lines = (
        f"Pass {n},NR-{n},1 month,{n % 90 + 1}.50,USD,{n % 50},{'on_sale' if n % 2 else 'draft'}\n" for n in range(ROWS)
    )
    file = io.BytesIO((head + "".join(lines)).encode())
    import_id = import_products.start_import(business_id, file, actor="bench")
    checked_s = _worked_s(business_id, import_id)
    import_products.apply(business_id, import_id, actor="bench")
    applied_s = _worked_s(business_id, import_id)
    run = imports.import_of(business_id, import_id).row
    assert (run.status, run.applied, run.refused) == ("done", ROWS, 0)
    return [
        Row(f"import of {ROWS:,} rows, preview", ROWS / checked_s, "rows/s"),
        Row(f"import of {ROWS:,} rows, applied", ROWS / applied_s, "rows/s"),
        Row(f"import of {ROWS:,} rows, both", checked_s + applied_s, "s"),
    ]


def _worked_s(business_id: uuid.UUID, import_id: uuid.UUID) -> float:
    began_s = time.perf_counter()
    while import_products.work(business_id, import_id):
        pass
    return time.perf_counter() - began_s
