"""Downloads: counted links, parts of files, and their end."""

from __future__ import annotations

import io
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.errors import Conflict
from app.core.ids import show
from app.domain.fulfilment import rules
from app.domain.fulfilment.models import DownloadRight, DownloadUse
from app.workflow.catalog.set_deliverable import set_deliverable
from app.workflow.checkout.link_buyer import make_link
from app.workflow.fulfilment import fetch_file, manage_files
from tests.factories.merchant import delivery_of, sell
from tests.factories.shop import Shop

CONTENT = bytes(range(256)) * 400
NAME = "Handbuch für alle.pdf"


@pytest.fixture
def file_id(shop: Shop) -> uuid.UUID:
    """The one file of a shop that sells downloads, three of each."""
    made: list[uuid.UUID] = []
    sell(shop, "download", before_sale=lambda product_id: made.append(upload(shop, product_id)))
    set_deliverable(shop.business_id, shop.sku_id, {"max_downloads": 3})
    return made[0]


def upload(shop: Shop, product_id: uuid.UUID, content: bytes = CONTENT, name: str = NAME) -> uuid.UUID:
    return manage_files.add_file(shop.business_id, product_id, io.BytesIO(content), name=name, actor="test")


def page_of(app: Flask, shop: Shop) -> str:
    token = make_link(shop.business_id, "buyer-1").url.rpartition("/")[2]
    return str(app.test_client().get(f"/my/{token}").text)


def request_link(app: Flask, shop: Shop) -> Any:
    """Press the page's first button."""
    [action, *_] = re.findall(r'action="(/my/[^"]+/files/[^"]+)"', page_of(app, shop))
    return app.test_client().post(action)


def fetch(app: Flask, link: str, **headers: str) -> Any:
    return app.test_client().get(link, headers=headers)


@pytest.mark.usefixtures("file_id")
def test_a_file_is_downloaded_and_never_shown(app: Flask, shop: Shop) -> None:
    shop.paid_order()

    answer = request_link(app, shop)
    got = fetch(app, answer.location)

    assert answer.status_code == 303
    assert got.data == CONTENT
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"] == (
        "attachment; filename=\"Handbuch f_r alle.pdf\"; filename*=UTF-8''Handbuch%20f%C3%BCr%20alle.pdf"
    )
    assert "2 downloads left" in page_of(app, shop)


@pytest.mark.usefixtures("file_id")
def test_a_browser_goes_on_where_it_stopped_without_being_counted(app: Flask, shop: Shop) -> None:
    shop.paid_order()
    link = request_link(app, shop).location

    whole = app.test_client().head(link)
    first, rest = fetch(app, link, Range="bytes=0-99"), fetch(app, link, Range="bytes=100-")
    last = fetch(app, link, Range="bytes=-10")
    changed = fetch(app, link, Range="bytes=100-", **{"If-Range": '"another"'})
    beyond = fetch(app, link, Range=f"bytes={len(CONTENT)}-")

    assert (whole.content_length, whole.headers["Accept-Ranges"], whole.data) == (len(CONTENT), "bytes", b"")
    assert (first.status_code, first.headers["Content-Range"]) == (206, f"bytes 0-99/{len(CONTENT)}")
    assert first.data + rest.data == CONTENT
    assert last.data == CONTENT[-10:]
    assert (changed.status_code, changed.data) == (200, CONTENT)
    assert beyond.status_code == 416
    assert "2 downloads left" in page_of(app, shop)


def test_each_file_is_had_as_often_as_was_bought(app: Flask, shop: Shop, file_id: uuid.UUID) -> None:
    shop.paid_order(2)
    right = shop.one(select(DownloadRight.__table__))

    def once_more(_: int) -> bool:
        try:
            fetch_file.make_link(shop.business_id, "buyer-1", right.id, file_id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(once_more, range(16)))

    assert sum(got) == 6
    assert shop.one(select(DownloadUse.used)).used == 6
    assert "0 downloads left" in page_of(app, shop)
    assert "/files/" not in page_of(app, shop)


@pytest.mark.usefixtures("file_id")
def test_a_refund_ends_links_that_were_made_before(app: Flask, shop: Shop) -> None:
    order_id = shop.paid_order()
    link = request_link(app, shop).location

    shop.refund(order_id)
    shop.work_off()
    [refund] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(refund.id).id)
    shop.work_off()

    assert delivery_of(shop, order_id).status == "revoked"
    assert fetch(app, link).status_code == 404
    assert NAME not in page_of(app, shop)


def test_a_new_version_is_what_is_had_from_now_on(app: Flask, shop: Shop, file_id: uuid.UUID) -> None:
    shop.paid_order()
    started = request_link(app, shop).location

    number = manage_files.add_version(
        shop.business_id, file_id, io.BytesIO(b"better"), name="../secret/better.pdf", actor="test"
    )

    later = fetch(app, request_link(app, shop).location)
    assert number == 2
    assert (later.data, 'filename="better.pdf"' in later.headers["Content-Disposition"]) == (b"better", True)
    assert fetch(app, started).data == CONTENT


def test_nobody_fetches_what_somebody_else_bought(app: Flask, shop: Shop, file_id: uuid.UUID) -> None:
    shop.paid_order(buyer="buyer-2")
    right = shop.one(select(DownloadRight.__table__))
    token = make_link(shop.business_id, "buyer-1").url.rpartition("/")[2]

    answer = app.test_client().post(f"/my/{token}/files/{show('dlr', right.id)}/{show('fil', file_id)}")

    assert answer.status_code == 404


@pytest.mark.usefixtures("file_id")
def test_a_link_is_over_after_its_time(clock: Any, app: Flask, shop: Shop) -> None:
    shop.paid_order()
    link = request_link(app, shop).location

    clock.move(int(rules.DOWNLOAD_LINK_LASTS.total_seconds()) + 1)

    assert fetch(app, link).status_code == 404
    assert fetch(app, link[:-3]).status_code == 404


def test_nothing_to_download_is_not_sold(shop: Shop) -> None:
    with pytest.raises(Conflict, match="Add a file first"):
        sell(shop, "download")


def test_a_file_can_be_removed_but_not_the_last_one(app: Flask, shop: Shop, file_id: uuid.UUID) -> None:
    shop.paid_order()
    link = request_link(app, shop).location
    with pytest.raises(Conflict, match="This is the last file"):
        manage_files.remove_file(shop.business_id, file_id)
    upload(shop, shop.product_id, b"other", "other.txt")

    manage_files.remove_file(shop.business_id, file_id)

    assert fetch(app, link).status_code == 404
    assert "other.txt" in page_of(app, shop)
