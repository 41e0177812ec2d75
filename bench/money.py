"""Paying from wallets, refunds, one hot merchant against many, notices at a steady rate, and long lists."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from statistics import median
from typing import Any

import psycopg

from app.core.money import Money
from app.workflow.payments import manage_channels
from app.workflow.wallets import move_money
from bench import fill
from bench.arithmetic import percentile
from bench.clients import drive
from bench.place import Place
from bench.report import Row
from bench.shops import BenchShop, open_shelf, open_shop

CLIENTS = 16
SECONDS = 5.0
ROUNDS = 2
SPREAD = 100
SKUS = 1000
HOT_GOAL = 0.7
NOTICES_PER_S, NOTICE_SECONDS = 100, 8.0
NOTICE_GOAL_MS = 100.0
BUYERS = 64
LISTS = (10_000, 100_000)
VIEWS = 60
LIST_GOAL_MS = 150.0


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """All of it. The web server runs; nothing here needs the worker."""
    print_line("  opening the shops")
    shops = [open_shop(place.company_url) for _ in range(SPREAD)]
    for shop in shops[:8]:
        _fill_wallets(shop)
    with psycopg.connect(place.admin()) as connection:
        return [
            *_wallets(place, shops[:8], print_line),
            *_hot_and_spread(place, shops, print_line),
            *_hot_sku(place, print_line),
            *_notices(place, shops[:8], print_line),
            *_lists(place, connection, print_line),
        ]


def _fill_wallets(shop: BenchShop) -> None:
    manage_channels.add_channel_account(uuid.UUID(shop.business_id), channel="wallet", name="Balance", values={})
    for number in range(BUYERS):
        move_money.grant(
            uuid.UUID(shop.business_id),
            buyer=f"b{number}",
            money=Money(10**9, shop.currency),
            actor="bench",
            reason="bench",
        )


def _wallets(place: Place, shops: list[BenchShop], print_line: Callable[[str], None]) -> list[Row]:
    print_line("  paying from wallets, and refunding that")
    paid = _drive(place, "wallet", shops, seconds=SECONDS)
    back = _drive(place, "refund", shops, seconds=SECONDS)
    return [
        Row("wallet pay", paid["per_s"], "orders/s", f"{CLIENTS} clients"),
        Row("wallet pay, p99", percentile(paid["took_s"], 99) * 1000, "ms"),
        Row("refund to a wallet", back["per_s"], "refunds/s", f"{CLIENTS} clients"),
        Row("refund to a wallet, p99", percentile(back["took_s"], 99) * 1000, "ms"),
    ]


def _hot_and_spread(place: Place, shops: list[BenchShop], print_line: Callable[[str], None]) -> list[Row]:
    """Order and notice, all at one merchant or over a hundred, in turns."""
    print_line(f"  one hot merchant against {SPREAD}")
    hot, spread = [], []
    for _ in range(ROUNDS):
        hot.append(_drive(place, "paid", shops[:1], seconds=SECONDS)["per_s"])
        spread.append(_drive(place, "paid", shops, seconds=SECONDS)["per_s"])
    ratio = median(hot) / median(spread)
    return [
        Row(
            "paid orders of one hot merchant", median(hot), "orders/s", f"of {SPREAD} merchants; goal {HOT_GOAL}", ratio
        ),
        Row(f"paid orders over {SPREAD} merchants", median(spread), "orders/s"),
    ]


def _hot_sku(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Order and notice at one merchant, all of one SKU that counts its pieces, or over a thousand, in turns."""
    print_line(f"  one hot SKU against {SKUS:,}")
    shelf = open_shelf(place.company_url, SKUS, stock=10**8)
    hot, spread = [], []
    for _ in range(ROUNDS):
        hot.append(_drive(place, "paid", shelf[:1], seconds=SECONDS)["per_s"])
        spread.append(_drive(place, "paid", shelf, seconds=SECONDS)["per_s"])
    ratio = median(hot) / median(spread)
    return [
        Row("paid orders of one hot SKU", median(hot), "orders/s", f"of {SKUS:,} SKUs; goal {HOT_GOAL}", ratio),
        Row(f"paid orders over {SKUS:,} SKUs", median(spread), "orders/s"),
    ]


def _notices(place: Place, shops: list[BenchShop], print_line: Callable[[str], None]) -> list[Row]:
    """In an open loop: each is sent when its time has come, whether or not the last was answered."""
    print_line(f"  notices at {NOTICES_PER_S} a second")
    result = _drive(place, "notices", shops, seconds=NOTICE_SECONDS, rate=NOTICES_PER_S)
    p99_ms = percentile(result["took_s"], 99) * 1000
    return [
        Row("notice acknowledged, p50", percentile(result["took_s"], 50) * 1000, "ms", f"at {result['per_s']:.0f}/s"),
        Row("notice acknowledged, p99", p99_ms, "ms", f"goal {NOTICE_GOAL_MS:.0f} ms", p99_ms / NOTICE_GOAL_MS),
    ]


def _lists(place: Place, connection: psycopg.Connection[Any], print_line: Callable[[str], None]) -> list[Row]:
    """The first page of orders, by key, of a business with few and one with many."""
    rows, p50s_ms = [], []
    for count in LISTS:
        print_line(f"  a list of {count:,} orders")
        shop = open_shop(place.company_url)
        fill.orders(connection, uuid.UUID(shop.business_id), count)
        took_s = _drive(place, "list", [shop], clients=1, views=VIEWS)["took_s"]
        p50_ms, p99_ms = (percentile(took_s, percent) * 1000 for percent in (50, 99))
        rows.append(Row(f"list of {count:,} orders, p50", p50_ms, "ms"))
        rows.append(
            Row(f"list of {count:,} orders, p99", p99_ms, "ms", f"goal {LIST_GOAL_MS:.0f} ms", p99_ms / LIST_GOAL_MS)
        )
        p50s_ms.append(p50_ms)
    growth = p50s_ms[-1] / p50s_ms[0]
    return [*rows, Row("list of orders, many ÷ few", growth, "×", "goal 1.5", growth / 1.5)]


def _drive(place: Place, what: str, shops: list[BenchShop], **more: Any) -> dict[str, Any]:
    return drive("steady", place, shops, **{"what": what, "clients": CLIENTS, "buyers": BUYERS, **more})
