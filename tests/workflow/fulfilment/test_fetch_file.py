"""Links to files that were bought: counted when they are made, and only for whoever has a right to the file."""

from __future__ import annotations

import io
import uuid
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, NotFound
from app.core.files import store
from app.core.ids import new_id
from app.domain.fulfilment import rules
from app.domain.fulfilment.models import DownloadRight, DownloadUse
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.catalog.set_deliverable import set_deliverable
from app.workflow.fulfilment import fetch_file, manage_files
from tests.factories.deliveries import refund_ends
from tests.factories.merchant import sell
from tests.factories.shop import Shop

HOUR_S, DAY_S = 3600, 86_400


@pytest.fixture
def file_id(shop: Shop) -> uuid.UUID:
    """The one file of a shop that sells downloads, two of each, for ten days."""
    made: list[uuid.UUID] = []
    sell(shop, "download", before_sale=lambda product_id: made.append(_add(shop, product_id)))
    set_deliverable(shop.business_id, shop.sku_id, {"max_downloads": 2, "days": 10})
    return made[0]


def test_a_link_opens_what_was_bought_however_often(shop: Shop, file_id: uuid.UUID) -> None:
    shop.paid_order()

    token = _link(shop, file_id)
    found = [fetch_file.open_link(token) for _ in range(3)]

    assert {store.get(each.key) for each in found} == {b"one"}
    assert {(each.name, each.bytes, each.sha256) for each in found} == {("file.txt", 3, store.sha256(found[0].key))}
    assert _used(shop) == [1]


def test_a_link_keeps_its_version_and_the_next_one_has_the_newest(shop: Shop, file_id: uuid.UUID) -> None:
    shop.paid_order()
    before = _link(shop, file_id)
    manage_files.add_version(shop.business_id, file_id, io.BytesIO(b"two"), name="new.txt", actor="test")

    found = [fetch_file.open_link(token) for token in (before, _link(shop, file_id))]
    with pytest.raises(Conflict) as refused:
        _link(shop, file_id)

    assert [store.get(each.key) for each in found] == [b"one", b"two"]
    assert (refused.value.code, _used(shop)) == ("download_limit", [2])


def test_only_whoever_bought_it_gets_a_link_and_only_to_files_of_the_sku(shop: Shop, file_id: uuid.UUID) -> None:
    command = SkuCommand(code="OTHER", name="Other", price_minor=700, currency="USD")
    other = manage_catalog.add_sku(shop.business_id, shop.product_id, command)
    theirs, ours = (_add(shop, shop.product_id, sku_id) for sku_id in (other, shop.sku_id))
    shop.paid_order()
    right_id = _right(shop).id

    for buyer, right, file in (
        ("buyer-2", right_id, file_id),
        ("buyer-1", new_id(), file_id),
        ("buyer-1", right_id, new_id()),
        ("buyer-1", right_id, theirs),
    ):
        with pytest.raises(NotFound):
            fetch_file.make_link(shop.business_id, buyer, right, file)

    assert _used(shop) == []
    assert _link(shop, ours)


def test_a_link_is_over_after_an_hour_and_the_right_after_its_days(
    shop: Shop, file_id: uuid.UUID, clock: ModuleType
) -> None:
    shop.paid_order()
    token = _link(shop, file_id)

    clock.move(rules.DOWNLOAD_LINK_LASTS.total_seconds() - 60)
    assert fetch_file.open_link(token).bytes == 3
    clock.move(120)
    _gone(token)
    clock.move(10 * DAY_S - 2 * HOUR_S)
    last = _link(shop, file_id)
    clock.move(HOUR_S - 60)

    _gone(last)  # its own hour is not over
    with pytest.raises(NotFound):
        _link(shop, file_id)


def test_a_refund_and_the_removal_of_the_file_end_its_links(shop: Shop, file_id: uuid.UUID) -> None:
    order_id = shop.paid_order()
    second = _add(shop, shop.product_id)
    removed, refunded = _link(shop, file_id), _link(shop, second)

    manage_files.remove_file(shop.business_id, file_id)
    _gone(removed)
    still = fetch_file.open_link(refunded).bytes
    shop.refund(order_id)
    refund_ends(shop, order_id)

    assert still == 3
    _gone(refunded)
    for file in (file_id, second):
        with pytest.raises(NotFound):
            _link(shop, file)


def test_nobody_makes_a_link_up(shop: Shop, file_id: uuid.UUID) -> None:
    shop.paid_order()
    token = _link(shop, file_id)

    for text in ("", "nonsense", token[:-1], f"{token}x", f"x{token}"):
        _gone(text)


def _add(shop: Shop, product_id: uuid.UUID, sku_id: uuid.UUID | None = None) -> uuid.UUID:
    about: dict[str, Any] = {"name": "file.txt", "actor": "test", "sku_id": sku_id}
    return manage_files.add_file(shop.business_id, product_id, io.BytesIO(b"one"), **about)


def _right(shop: Shop) -> Any:
    return shop.one(select(DownloadRight.__table__))


def _link(shop: Shop, file_id: uuid.UUID) -> str:
    return fetch_file.make_link(shop.business_id, "buyer-1", _right(shop).id, file_id)


def _gone(token: str) -> None:
    with pytest.raises(NotFound):
        fetch_file.open_link(token)


def _used(shop: Shop) -> list[int]:
    return [row.used for row in shop.many(select(DownloadUse.used))]
