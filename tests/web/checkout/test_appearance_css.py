"""The appearance that a business chose, on pages without scripts and in what scripts get."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core.ids import show
from app.domain.orders.types import Buyer, OrderItem
from app.read.checkout import checkouts
from app.workflow.checkout.link_buyer import make_link
from app.workflow.checkout.open_checkout import Opened, open_checkout
from app.workflow.checkout.set_appearance import set_appearance
from tests.factories.shop import Shop
from tests.web.checkout.test_checkout import NAVIGATES, path_of

CHOSEN = {"theme": "dark", "density": "compact", "variables": {"colorPrimary": "#7fe0bd"}}


def _open(shop: Shop) -> Opened:
    return open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="ann"))


def test_a_session_wears_what_its_business_chose(app: Flask, shop: Shop) -> None:
    set_appearance(shop.business_id, CHOSEN)
    opened = _open(shop)
    client, path = app.test_client(), f"/c/{show('ses', opened.session_id)}"

    page = client.get(path_of(opened), headers=NAVIGATES, follow_redirects=True)
    sheet = client.get(f"{path}/appearance.css")

    assert checkouts.snapshot(shop.business_id, opened.session_id)["appearance"] == CHOSEN
    assert 'data-theme="dark" data-density="compact" data-labels="above"' in page.text
    assert f'href="{path}/appearance.css"' in page.text
    assert (sheet.mimetype, sheet.text) == ("text/css", ".bursar {\n  --bursar-color-primary: #7fe0bd;\n}\n")
    assert app.test_client().get(f"{path}/appearance.css").status_code == 404


def test_the_buyers_page_wears_it_too(app: Flask, shop: Shop) -> None:
    set_appearance(shop.business_id, CHOSEN)
    path = f"/my/{make_link(shop.business_id, 'ann').url.partition('/my/')[2]}"

    page = app.test_client().get(path)
    found = re.search(r'href="(/my/[^"]+/appearance\.css)"', page.text)

    assert 'data-theme="dark"' in page.text
    assert found is not None
    assert "#7fe0bd" in app.test_client().get(found[1]).text


@pytest.mark.parametrize("place", ["session", "owned"])
def test_who_chose_nothing_has_nothing_to_fetch(app: Flask, shop: Shop, place: str) -> None:
    session = path_of(_open(shop))
    owned = f"/my/{make_link(shop.business_id, 'ann').url.partition('/my/')[2]}"

    page = app.test_client().get(session if place == "session" else owned, headers=NAVIGATES, follow_redirects=True)

    assert 'data-theme="auto"' in page.text
    assert "appearance.css" not in page.text
