"""Parcels by API: sold with an address, packed in parts, shipped, delivered, returned; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core.ids import new_id, show
from tests.factories.parcels import BERLIN, paid_parcels, sell_parcels
from tests.factories.shop import Shop


def test_an_order_goes_out_in_two_parcels_and_one_comes_back(
    shop: Shop, merchant: Any, wait_until: Callable[..., None]
) -> None:
    sell_parcels(shop)
    order = show("ord", paid_parcels(shop, 3))
    line = merchant.get(f"/v1/orders/{order}").json["lines"][0]["id"]

    first = _pack(merchant, order, lines=[{"line_id": line, "quantity": 2}], carrier="DHL")
    second = _pack(merchant, order)
    for parcel in (first, second):
        merchant.post(f"/v1/parcels/{parcel['id']}/ship", {"tracking_number": "0034"}, once=None)
        arrived = merchant.post(f"/v1/parcels/{parcel['id']}/deliver", once=None).json
    back = merchant.post(f"/v1/parcels/{second['id']}/end", {"status": "returned"}, once=None).json

    assert [each["lines"][0]["quantity"] for each in (first, second)] == [2, 1]
    assert (first["status"], arrived["status"], back["status"]) == ("packed", "delivered", "returned")
    assert merchant.get(f"/v1/orders/{order}").json["status"] == "fulfilled"
    listed = merchant.get(f"/v1/parcels?order_id={order}").json["data"]
    assert [(each["id"], each["carrier"], each["tracking_number"]) for each in listed] == [
        (second["id"], "", "0034"),
        (first["id"], "DHL", "0034"),
    ]
    assert [each["id"] for each in merchant.get("/v1/parcels?status=returned").json["data"]] == [second["id"]]
    wait_until(lambda: _topics(merchant) >= {"parcel.packed", "parcel.shipped", "parcel.delivered", "parcel.returned"})


def test_an_order_keeps_its_address_and_needs_one(shop: Shop, merchant: Any) -> None:
    sell_parcels(shop)
    body = {"line_items": [{"sku_id": show("sku", shop.sku_id), "quantity": 1}], "buyer": {"reference": "b"}}

    without = merchant.post("/v1/orders", body)
    made = merchant.post("/v1/orders", {**body, "shipping_address": BERLIN})
    wrong = merchant.post("/v1/orders", {**body, "shipping_address": {**BERLIN, "country": "Germany"}})

    assert (without.status_code, without.json["code"]) == (422, "address_required")
    assert made.json["shipping_address"] == {**BERLIN, "line2": "", "region": ""}
    assert wrong.status_code == 422


def test_a_session_can_bring_its_address(shop: Shop, merchant: Any) -> None:
    sell_parcels(shop)
    body = {"line_items": [{"sku_id": show("sku", shop.sku_id), "quantity": 1}], "buyer": {"reference": "b"}}

    made = merchant.post("/v1/checkout/sessions", {**body, "shipping_address": BERLIN}).json
    bare = merchant.post("/v1/checkout/sessions", body).json

    assert made["shipping_address"]["city"] == "Berlin"
    assert bare["shipping_address"] is None


def test_a_label_is_corrected_and_the_same_call_packs_once(shop: Shop, merchant: Any) -> None:
    sell_parcels(shop)
    body = {"order_id": show("ord", paid_parcels(shop))}

    made = [merchant.post("/v1/parcels", body, once="the-same-key-again").json["id"] for _ in range(2)]
    changed = merchant.call("PATCH", f"/v1/parcels/{made[0]}", {"tracking_number": "1"}).json

    assert (made[0] == made[1], changed["tracking_number"], changed["carrier"]) == (True, "1", "")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("{parcel}/deliver", None, 409, "illegal_state"),
        ("{parcel}/end", {"status": "lost"}, 409, "illegal_state"),
        ("{parcel}/end", {"status": "packed"}, 422, "invalid_parameter"),
        ("{parcel}/ship", {"carrier": "x" * 61}, 422, "invalid_parameter"),
        ("{other}/ship", {}, 404, "not_found"),
    ],
)
def test_what_cannot_be_is_refused(
    shop: Shop, merchant: Any, path: str, body: dict[str, str] | None, status: int, code: str
) -> None:
    sell_parcels(shop)
    parcel = _pack(merchant, show("ord", paid_parcels(shop)))["id"]

    answer = merchant.post("/v1/parcels/" + path.format(parcel=parcel, other=show("pcl", new_id())), body, once=None)

    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_no_more_is_packed_than_was_bought(shop: Shop, merchant: Any) -> None:
    sell_parcels(shop)
    order = show("ord", paid_parcels(shop, 2))
    line = merchant.get(f"/v1/orders/{order}").json["lines"][0]["id"]

    wrong = [
        merchant.post("/v1/parcels", {"order_id": order, "lines": lines}).json["code"]
        for lines in (
            [{"line_id": line, "quantity": 3}],
            [{"line_id": line, "quantity": 1}, {"line_id": line, "quantity": 1}],
        )
    ]

    assert wrong == ["nothing_to_pack", "invalid_parcel"]


def test_a_shipped_product_is_not_sold_by_a_plan(shop: Shop, merchant: Any) -> None:
    sell_parcels(shop)
    body = {
        "sku_id": show("sku", shop.sku_id),
        "code": "box",
        "name": "Box",
        "interval": "month",
        "prices": [{"currency": "USD", "unit_minor": 900}],
    }

    answer = merchant.post("/v1/plans", body)

    assert (answer.status_code, answer.json["code"]) == (409, "shipped_product")


def test_a_warehouse_is_made_changed_archived_and_used_again(shop: Shop, merchant: Any) -> None:
    made = merchant.post("/v1/warehouses", {"name": "North", "address": BERLIN}, once=None).json
    path = f"/v1/warehouses/{made['id']}"
    sell_parcels(shop)
    order = show("ord", paid_parcels(shop, 2))

    taken = merchant.post("/v1/warehouses", {"name": "North", "address": BERLIN}, once=None)
    changed = merchant.call("PATCH", path, {"name": "South"}).json
    parcel = _pack(merchant, order, warehouse_id=made["id"], lines=[])
    archived = merchant.post(f"{path}/archive", once=None).json
    merchant.post(f"/v1/parcels/{parcel['id']}/end", {"status": "cancelled"}, once=None)
    refused = merchant.post("/v1/parcels", {"order_id": order, "warehouse_id": made["id"]})
    again = merchant.post(f"{path}/restore", once=None).json

    assert (taken.status_code, taken.json["code"]) == (409, "warehouse_name_taken")
    assert (changed["name"], changed["address"]["city"], parcel["warehouse_id"]) == ("South", "Berlin", made["id"])
    assert (archived["archived_at"] is None, refused.status_code, again["archived_at"]) == (False, 404, None)
    assert [each["id"] for each in merchant.get("/v1/warehouses").json["data"]] == [made["id"]]
    assert merchant.get(path).json["name"] == "South"


def _pack(merchant: Any, order: str, **members: Any) -> Any:
    made = merchant.post("/v1/parcels", {"order_id": order, **members})
    assert made.status_code == 201, made.text
    return made.json


def _topics(merchant: Any) -> set[str]:
    return {each["type"] for each in merchant.get("/v1/events?limit=100").json["data"]}
