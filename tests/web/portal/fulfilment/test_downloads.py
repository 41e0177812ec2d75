"""Files of a product in the portal."""

from __future__ import annotations

import io
import uuid

from app.core.ids import show
from app.read.fulfilment import downloads
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_files_are_added_replaced_and_taken_away(shop: Shop, owner: Visitor) -> None:
    command = ProductCommand(name="Font", delivery_kind="download")
    product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    sku = SkuCommand(code="FONT", name="Desktop", price_minor=1000, currency="USD")
    manage_catalog.add_sku(shop.business_id, product_id, sku)
    product = owner.get(f"/portal/products/{show('prd', product_id)}")

    too_early = product.form("/publish").send()
    empty = too_early.follow("Manage files")
    added = _send(owner, empty, "/files", "font.otf", b"first")
    replaced = _send(owner, added, f"/files/{_id(shop, product_id)}", "font-2.otf", b"second")
    nothing = _send(owner, replaced, "/files", "empty.otf", b"")
    response = replaced.form("/remove").send()

    assert "Add a file first" in too_early.text
    assert "No files yet" in empty.text
    assert "font.otf" in added.text
    assert "version 2" in replaced.text
    assert "font-2.otf" in replaced.text
    assert (nothing.status, "The file is empty." in nothing.text) == (422, True)
    assert "No files yet" in response.text


def _id(shop: Shop, product_id: uuid.UUID) -> str:
    [file] = downloads.files_of(shop.business_id, product_id)
    return show("fil", file.row.id)


def _send(owner: Visitor, page: Page, action: str, name: str, content: bytes) -> Page:
    form = page.form(action)
    return owner.post(form.element.get("action"), {**form.values(), "file": (io.BytesIO(content), name)})
