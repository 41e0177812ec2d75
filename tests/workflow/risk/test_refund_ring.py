"""A ring that downloads and wants its money back, among honest buyers: the starter set holds the ring and nobody else.
And who asks at the same moment is counted."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select

from app.core.errors import AppError
from app.core.ids import new_id, show
from app.domain.fulfilment.models import Delivery, DownloadRight
from app.domain.risk.types import Condition
from app.workflow.fulfilment import fetch_file, manage_files
from tests.factories.merchant import sell
from tests.factories.people import make_user
from tests.factories.risk import decisions, make_rule_set, refund_by, refund_rule, starter
from tests.factories.shop import Shop
from tests.workflow.risk.test_refund_facts import bought

RING, HONEST = 8, 12


def outcome(work: Callable[..., object], *arguments: object, **named: object) -> str:
    try:
        work(*arguments, **named)
    except AppError as error:
        return error.code
    return "made"


def sell_downloads(shop: Shop) -> uuid.UUID:
    """The shop sells one file; its id."""
    files: list[uuid.UUID] = []
    about: dict[str, Any] = {"name": "file.txt", "actor": "test", "sku_id": None}

    def add(product_id: uuid.UUID) -> None:
        files.append(manage_files.add_file(shop.business_id, product_id, io.BytesIO(b"one"), **about))

    sell(shop, "download", before_sale=add)
    return files[0]


def download(shop: Shop, order_id: uuid.UUID, buyer: str, file_id: uuid.UUID) -> None:
    rights, deliveries = DownloadRight.__table__, Delivery.__table__
    query = select(rights).join(deliveries, deliveries.c.id == rights.c.delivery_id)
    right_id = shop.one(query.where(deliveries.c.order_id == order_id)).id
    fetch_file.open_link(fetch_file.make_link(shop.business_id, buyer, right_id, file_id))


def test_a_ring_is_held_and_honest_buyers_are_not(shop: Shop) -> None:
    file_id = sell_downloads(shop)
    make_rule_set(shop, *starter("refund_abuse"), to="on")
    actor = show("usr", make_user(shop.business_id).user_id)
    came: dict[str, list[str]] = {"ring": [], "serial": [], "honest": []}

    # Eight names on one device; each downloads and wants its money back at once.
    for number in range(RING):
        buyer = f"ring-{number}"
        order_id = bought(shop, buyer, email=f"r{number}@mail{number}.example", device="phone-1")
        download(shop, order_id, buyer, file_id)
        came["ring"].append(outcome(refund_by, shop, order_id, actor))
    # One who downloads and refunds again and again, from ever new devices.
    for number in range(5):
        order_id = bought(shop, "serial", email="serial@mail.example", device=f"new-{number}")
        download(shop, order_id, "serial", file_id)
        came["serial"].append(outcome(refund_by, shop, order_id, actor))
    # Honest buyers: one refund each, some after a download, two of one household on one device.
    for number in range(HONEST):
        buyer, device = f"honest-{number}", f"home-{number // 2}"
        order_id = bought(shop, buyer, email=f"h{number}@post.example", device=device)
        if number % 3 == 0:
            download(shop, order_id, buyer, file_id)
        came["honest"].append(outcome(refund_by, shop, order_id, actor))

    counts = {who: (ends.count("made"), ends.count("approval_needed")) for who, ends in came.items()}
    print("refunds made and held:", counts)  # noqa: T201
    assert counts == {"ring": (2, RING - 2), "serial": (2, 3), "honest": (HONEST, 0)}
    assert len(decisions(shop)) == RING + 5 + HONEST
    shop.audit()


def test_of_two_at_once_each_counts_the_other(shop: Shop) -> None:
    rule = refund_rule("block", Condition("device_refunded_buyers_30d", "at_least", 2))
    make_rule_set(shop, rule, to="on")
    actor = show("usr", make_user(shop.business_id).user_id)
    for round_ in range(4):
        orders = [bought(shop, f"b-{round_}-{number}", device=f"phone-{round_}") for number in range(2)]
        with ThreadPoolExecutor(2) as pool:
            ends = list(pool.map(lambda order_id: outcome(refund_by, shop, order_id, actor), orders))

        assert sorted(ends) == ["made", "refund_blocked"]
    shop.audit()


def test_the_same_request_at_once_is_decided_about_once(shop: Shop) -> None:
    make_rule_set(shop, refund_rule("approval"), to="on")
    actor = show("usr", make_user(shop.business_id).user_id)
    order_id, refund_id = bought(shop), new_id()
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(outcome, refund_by, shop, order_id, actor, refund_id=refund_id) for _ in range(3)]
        ends = [each.result() for each in asked]

    assert ends == ["approval_needed"] * 3
    assert len(decisions(shop)) == 1
    shop.audit()
