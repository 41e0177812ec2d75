"""The images of a product in the portal."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from app.core.ids import show
from tests.factories.files import image
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_pictures_are_added_described_moved_and_taken_away(shop: Shop, owner: Visitor) -> None:
    page = _pages(owner, shop)
    _add(page, "First")

    page = _add(page, "Second")

    assert _shown(page) == ["First", "Second"]
    page = page.form("/move/1").send()
    assert _shown(page) == ["Second", "First"]
    described = next(form for form in page.document.all("form") if "img_" in form.get("action"))
    page = page.form(described.get("action").rpartition("/")[2]).send(alt="Now the best")
    page = page.form("/remove").send()
    assert _shown(page) == ["First"]
    assert owner.get("/portal/products").document.all("img", loading="lazy")


def test_what_is_no_picture_is_refused_on_its_field(shop: Shop, owner: Visitor) -> None:
    page = _pages(owner, shop)

    refused = _add(page, "First", b"<svg/>")
    nothing = page.form("/images").send(file=None, alt="x")

    assert (refused.status, "as JPEG, PNG, WebP or GIF" in refused.text) == (422, True)
    assert (nothing.status, "Choose an image." in nothing.text) == (422, True)


def test_who_may_only_look_changes_nothing(shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]) -> None:
    _add(_pages(owner, shop), "First")

    page = _pages(signed_in(shop, "support"), shop)

    assert _shown(page) == ["First"]
    assert not page.has_form("/images")


def _pages(visitor: Visitor, shop: Shop) -> Page:
    return visitor.get(f"/portal/products/{show('prd', shop.product_id)}/images")


def _add(page: Page, alt: str, content: bytes | None = None) -> Page:
    file: Any = (io.BytesIO(content or image()), "x.png")
    return page.form("/images").send(alt=alt, file=file)


def _shown(page: Page) -> list[str]:
    return [image.get("alt") for image in page.document.all("img") if "images" in image.get("src")]
