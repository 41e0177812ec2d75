"""Parcels in the portal: packed from the order's page, shipped, delivered, returned; the list and its filters."""

from __future__ import annotations

from app.core.ids import show
from app.domain.fulfilment.parcels.types import Label
from app.workflow.fulfilment import manage_parcels
from app.workflow.fulfilment.manage_warehouses import WarehouseCommand, create_warehouse
from tests.factories.parcels import BERLIN, line_of, paid_parcels, parcels_of, place_shipped, sell_parcels
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_parcel_is_packed_shipped_delivered_and_comes_back(shop: Shop, owner: Visitor) -> None:
    sell_parcels(shop)
    create_warehouse(shop.business_id, WarehouseCommand(name="North", address=BERLIN))
    order_id = paid_parcels(shop, 3)
    order = show("ord", order_id)

    page = owner.get(f"/portal/orders/{order}").follow("Pack a parcel")
    packed = page.form(f"new/{order}").send(**{f"quantity-{line_of(shop, order_id)}": "2", "carrier": "DHL"})
    shipped = packed.form("/ship").send(tracking_number="0034")
    arrived = shipped.form("/deliver").send()
    back = arrived.form("/end/returned").send()

    assert [("Berlin" in each.text, "DHL" in each.text) for each in (packed, shipped, back)] == [(True, True)] * 3
    assert "0034" in shipped.text
    [parcel] = parcels_of(shop, order_id)
    assert (parcel.status, parcel.tracking_number, shop.order(order_id).status) == ("returned", "0034", "fulfilling")
    assert "Refund what came back" in back.text
    assert "Pack a parcel" in owner.get(f"/portal/orders/{order}").text


def test_what_is_too_much_or_nothing_is_said_at_the_form(shop: Shop, owner: Visitor) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop, 2)
    page = owner.get(f"/portal/parcels/new/{show('ord', order_id)}")
    field = f"quantity-{line_of(shop, order_id)}"

    refused = [
        page.form("parcels/new/" + show("ord", order_id)).send(**{field: typed}) for typed in ("3", "0", "x", "")
    ]

    assert [each.status for each in refused] == [422] * 4
    assert all("up to what is left" in each.text for each in refused)
    assert parcels_of(shop, order_id) == []


def test_an_order_without_shipped_goods_says_nothing_of_shipping(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()

    page = owner.get(f"/portal/orders/{show('ord', order_id)}")

    assert "Shipping" not in page.text


def test_nothing_is_packed_of_an_order_that_is_not_paid(shop: Shop, owner: Visitor) -> None:
    sell_parcels(shop)

    page = owner.get(f"/portal/parcels/new/{show('ord', place_shipped(shop))}")

    assert "Nothing left to pack" in page.text


def test_the_list_has_views_and_filters(shop: Shop, owner: Visitor) -> None:
    sell_parcels(shop)
    packed, sent = paid_parcels(shop, buyer="b-packed"), paid_parcels(shop, buyer="b-sent")
    manage_parcels.pack_parcel(shop.business_id, packed, {}, actor="test")
    parcel_id = manage_parcels.pack_parcel(shop.business_id, sent, {}, actor="test")
    label = Label(carrier="DHL", tracking_number="0034")
    manage_parcels.ship_parcel(shop.business_id, parcel_id, label=label, actor="test")

    found = {
        query: {name for name in ("b-packed", "b-sent") if name in owner.get(f"/portal/parcels{query}").text}
        for query in ("", "?view=packed", "?view=shipped", "?q=0034", f"?q={show('ord', packed)}", "?view=lost")
    }

    assert found == {
        "": {"b-packed", "b-sent"},
        "?view=packed": {"b-packed"},
        "?view=shipped": {"b-sent"},
        "?q=0034": {"b-sent"},
        f"?q={show('ord', packed)}": {"b-packed"},
        "?view=lost": set(),
    }
