"""How long the lists of the portal take, of a shop with few orders and with ten million."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from bench import visitor as people
from bench.arithmetic import percentile
from bench.place import Place, application
from bench.report import Row
from bench.sales import Quarter
from bench.shops import open_shop

SIZES = (10_000, 10_000_000)
READ = {"orders", "order_lines", "payment_transactions", "payment_attempts"}
VIEWS = 12
GOAL_MS, GROWTH_GOAL = 150.0, 1.5
LISTS = (  # as people ask for them
    *(f"/portal/orders{query}" for query in ("", "?view=open", "?view=paid", "?view=refunds", "?view=closed")),
    *(f"/portal/orders{query}" for query in ("?view=trouble", "?order=oldest", "?status=refunded", "?q=b77")),
    *(f"/portal/orders{query}" for query in ("?q=b77@example.com", "?q=T2500", "?from=2001-01-01", "?to=2001-01-01")),
    *(f"/portal/orders{query}" for query in ("?currency=USD&order=highest", "?currency=USD&amount_from=99")),
    *(f"/portal/orders{query}" for query in ("?product=ONE", "?channel=simulator", "?channel=wallet")),
    *(f"/portal/payments{query}" for query in ("", "?view=failed", "?view=undecided", "?view=surplus", "?q=b77")),
    *(f"/portal/payments{query}" for query in ("?view=cancelled", "?channel=simulator", "?channel=wallet")),
    *(f"/portal/payments{query}" for query in ("?order=oldest",)),
    *(f"/portal/refunds{query}" for query in ("", "?view=succeeded", "?view=failed", "?q=b77", "?channel=wallet")),
    *(f"/portal/movements{query}" for query in ("", "?view=open", "?view=failed", "?kind=refund", "?kind=payout")),
)
Took = dict[str, list[float]]


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Fill a shop twice with what the lists read, and look at them each time."""
    app = application()
    shop = open_shop(place.company_url)
    somebody = people.signed_in(app, uuid.UUID(shop.business_id))
    took: list[Took] = []
    with psycopg.connect(place.admin()) as connection:
        quarter, filled = Quarter(place, shop, connection, only=READ), 0
        for size in SIZES:
            began_s = time.monotonic()
            quarter.fill(filled + 1, size)
            filled = size
            print_line(f"  {size:,} orders after {time.monotonic() - began_s:.0f} s more")
            took.append(visit(somebody))
    return measurements(*took, sizes=SIZES)


def visit(somebody: Any) -> Took:
    """Milliseconds of each list, and of the next pages of orders."""
    took = {address: people.timed(somebody, address, VIEWS) for address in LISTS}
    for number, address in enumerate(_pages_on(somebody)):
        took[f"/portal/orders, page {number + 2}"] = people.timed(somebody, address, VIEWS)
    return took


def _pages_on(somebody: Any) -> Iterator[str]:
    address = "/portal/orders"
    for _ in range(3):
        found = re.search(r'href="([^"]*cursor=[^"]*)"', somebody.get(address).text)
        assert found is not None, "there is no second page"
        address = found[1].replace("&amp;", "&")
        yield address


def measurements(few: Took, many: Took, *, sizes: tuple[int, int]) -> list[Row]:
    """Each list with many orders beside the same with few, and what more of them cost all together."""
    rows = []
    for name, taken in sorted(many.items()):
        before, now = percentile(few[name], 50), percentile(taken, 50)
        rows.append(Row(f"{name}, p50", now, "ms", f"at {sizes[0]:,} orders {before:.0f}", now / GOAL_MS))
    all_few, all_many = (sorted(ms for each in took.values() for ms in each) for took in (few, many))
    slow, was = percentile(all_many, 99), percentile(all_few, 99)
    growth = slow / was
    return [
        *rows,
        Row(f"lists at {sizes[0]:,} orders, p99", was, "ms", f"goal {GOAL_MS:.0f} ms", was / GOAL_MS),
        Row(f"lists at {sizes[1]:,} orders, p99", slow, "ms", f"goal {GOAL_MS:.0f} ms", slow / GOAL_MS),
        Row("lists, p99, many ÷ few", growth, "×", f"goal {GROWTH_GOAL}", growth / GROWTH_GOAL),
    ]
