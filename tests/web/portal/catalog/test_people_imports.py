"""Files of buyers and members in the portal."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from app.core import db
from app.core.ids import parse
from app.domain.catalog.models import Sku
from app.workflow.catalog import import_products
from tests.factories.memberships import member, membership_of
from tests.factories.shop import Shop
from tests.pages import Page, Visitor

BUYERS = b"reference,name,language\nB-1,Ada,de\nB-2,Bea,!\n"


def test_a_file_of_buyers_is_sent_looked_at_and_applied(shop: Shop, owner: Visitor) -> None:
    page = _worked(shop, _send(owner, "buyer", BUYERS))
    assert ("Ada" in page.text, "Enter a language" in page.text) == (True, True)
    assert "B-1" not in owner.get(f"{page.path}?kind=refused").text
    assert "B-2" in owner.fragment(f"{page.path}?kind=refused", "row-list").text
    page = _worked(shop, page.form("/apply").send())

    assert "1 row applied." in page.text
    assert "Ada" in owner.get("/portal/buyers").text
    assert page.path in owner.get("/portal/buyer-imports").links


def test_a_file_of_members_is_sent_looked_at_and_applied(shop: Shop, owner: Visitor) -> None:
    with db.reading(shop.business_id):
        code = db.get(Sku, shop.sku_id).code
    file = f"buyer,email,sku,ends\nann,ann@example.com,{code},2099-01-31\n".encode()
    page = _worked(shop, _send(owner, "membership", file, with_mail=True))
    assert "2099-01-31" in page.text
    _worked(shop, page.form("/apply").send())

    assert member(shop, membership_of(shop, "ann")).email == "ann@example.com"


@pytest.mark.parametrize("kind", ["buyer", "membership"])
def test_what_cannot_be_read_says_why_and_is_discarded(shop: Shop, owner: Visitor, kind: str) -> None:
    assert "The required column" in _worked(shop, _send(owner, kind, b"email\n1\n")).text
    refused = owner.get(f"/portal/{kind}-imports").form(f"/{kind}-imports").send(file=None)
    assert (refused.status, "Choose a file." in refused.text) == (422, True)
    page = _worked(shop, _send(owner, kind, b"reference\nB-1\n" if kind == "buyer" else b"sku,ends\nx,2099-01-01\n"))
    assert "Discarded" in page.form("/discard").send().heading or "Discarded" in owner.get(page.path).text


def test_who_does_not_see_buyers_sees_them_masked(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    page = _send(owner, "membership", b"buyer,sku,ends\nann-lovelace,none,2099-01-31\n")
    _worked(shop, page)

    assert "ann-lovelace" in owner.get(page.path).text
    assert "ann-lovelace" not in signed_in(shop, "developer").get(page.path).text


def _send(owner: Visitor, kind: str, content: bytes, **more: Any) -> Page:
    file: Any = (io.BytesIO(content), "../../x.csv")
    home = owner.get("/portal/buyers" if kind == "buyer" else "/portal/memberships").follow("Import")
    return home.form(f"/{kind}-imports").send(file=file, **more)


def _worked(shop: Shop, page: Page) -> Page:
    while import_products.work(shop.business_id, parse("imp", page.path.rpartition("/")[2])):
        pass
    return page.visitor.get(page.path)
