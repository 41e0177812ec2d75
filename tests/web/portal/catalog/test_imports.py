"""Files of products in the portal."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from app.core.ids import parse
from app.read.catalog.imports import list_imports
from app.workflow.catalog import import_products
from tests.factories.files import image, packed
from tests.factories.shop import Shop
from tests.pages import Page, Visitor

FILE = b"product,sku,price,currency\nOpera,OP-1,12.50,USD\nMuseum,MU-1,x,USD\n"


def test_a_file_is_sent_looked_at_applied_and_written_out(shop: Shop, owner: Visitor) -> None:
    page = _send(owner, FILE)
    assert "Nothing has changed yet." in page.text
    page = _worked(shop, page)

    assert "Write an amount" in page.text
    assert "MU-1" in owner.get(f"{page.path}?kind=refused").text
    assert "OP-1" not in owner.get(f"{page.path}?kind=refused").text
    assert "MU-1" in owner.fragment(f"{page.path}?kind=refused", "row-list").text
    page = _worked(shop, page.form("/apply").send())

    assert "1 row applied." in page.text
    assert not page.has_form("/apply")
    csv = owner.client.get("/portal/imports?format=csv&q=opera")
    assert csv.headers["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert (b"OP-1" in csv.data, csv.data.count(b"\r\n")) == (True, 2)
    assert owner.client.get("/portal/imports?format=xlsx").data.startswith(b"PK")


def test_a_zip_file_brings_images_and_is_written_out_again(shop: Shop, owner: Visitor) -> None:
    table = "product,sku,price,currency,images\nMug,MUG-1,5,USD,mug.png: A mug\nCup,CUP-1,5,USD,cup.png\n"
    page = _worked(shop, _send(owner, packed(table, {"images/mug.png": image()})))
    assert "images/cup.png: It is not in the file." in page.text
    _worked(shop, page.form("/apply").send())

    given = owner.client.get("/portal/imports?format=zip&q=mug")
    _worked(shop, _send(owner, given.data))

    again = list_imports(shop.business_id)[0].row
    assert given.headers["Content-Disposition"] == 'attachment; filename="products.zip"'
    assert (again.status, again.unchanged, again.to_change, again.refused) == ("ready", 1, 0, 0)


def test_a_file_is_discarded(shop: Shop, owner: Visitor) -> None:
    page = _worked(shop, _send(owner, FILE)).form("/discard").send()

    assert "Discarded" in page.heading
    assert "Opera" not in owner.get("/portal/products").text.replace("Operations", "")


def test_a_file_that_cannot_be_read_says_why(shop: Shop, owner: Visitor) -> None:
    assert "The required column sku is missing" in _worked(shop, _send(owner, b"price\n1\n")).text
    refused = owner.get("/portal/imports").form("/imports").send(file=None)
    assert (refused.status, "Choose a file." in refused.text) == (422, True)


def test_who_may_only_look_sends_nothing(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    page = signed_in(shop, "support").get("/portal/imports")

    assert not page.has_form("/imports")


def _send(owner: Visitor, content: bytes) -> Page:
    file: Any = (io.BytesIO(content), "../../x.csv")
    return owner.get("/portal/products").follow("Import and export").form("/imports").send(file=file)


def _worked(shop: Shop, page: Page) -> Page:
    while import_products.work(shop.business_id, parse("imp", page.path.rpartition("/")[2])):
        pass
    return page.visitor.get(page.path)
