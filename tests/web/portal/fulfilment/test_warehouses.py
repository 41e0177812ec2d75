"""Warehouses in the portal: added, archived, used again."""

from __future__ import annotations

from app.read.fulfilment.warehouses import warehouse_choices
from tests.factories.shop import Shop
from tests.pages import Visitor

NORTH = {"warehouse_name": "North", "line1": "1 Dock Road", "city": "Leeds", "country": "GB"}


def test_a_warehouse_is_added_archived_and_used_again(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/warehouses").form("/warehouses").send(**NORTH)
    used = [name for _, name in warehouse_choices(shop.business_id)]
    archived = page.form("/archive").send()
    left = list(warehouse_choices(shop.business_id))
    again = archived.form("/restore").send()

    assert (used, left, "Archive" in again.text) == (["North"], [], True)
    assert "1 Dock Road" in page.text


def test_a_warehouse_without_a_place_or_with_a_name_twice_is_refused(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/warehouses").form("/warehouses").send(**NORTH)

    twice = page.form("portal/warehouses").send(**NORTH, once="another-token-of-this-form")
    nowhere = page.form("portal/warehouses").send(**{**NORTH, "warehouse_name": "South", "country": ""})

    assert (twice.status, "Another warehouse has this name." in twice.text) == (409, True)
    assert (nowhere.status, len(warehouse_choices(shop.business_id))) == (422, 1)
