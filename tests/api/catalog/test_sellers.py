"""Sellers by API: made, changed, archived, named by products, and what orders and movements say of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.core.ids import parse


def seller(merchant: Any, **members: Any) -> Any:
    made = merchant.post("/v1/sellers", {"name": "Foundry", **members}, once=None)
    assert made.status_code == 201, made.text
    return made.json


def on_sale(merchant: Any, code: str, **members: Any) -> str:
    """A SKU of a new product."""
    product = merchant.post("/v1/products", {"name": code, **members}, once=None).json
    body = {"code": code, "name": "One", "price_minor": 700, "currency": "USD"}
    sku = merchant.post(f"/v1/products/{product['id']}/skus", body, once=None).json
    merchant.post(f"/v1/products/{product['id']}/publish", once=None)
    return sku["id"]


def order_of(merchant: Any, *skus: str) -> Any:
    items = [{"sku_id": sku_id, "quantity": 1} for sku_id in skus]
    return merchant.post("/v1/orders", {"line_items": items, "buyer": {"reference": "b"}}).json


def test_a_seller_is_made_changed_archived_and_used_again(merchant: Any, wait_until: Callable[..., None]) -> None:
    made = seller(merchant, reference="f-1", email="a@foundry.example", legal_name="Foundry Ltd", phone="+49 1")
    path = f"/v1/sellers/{made['id']}"

    changed = merchant.call("PATCH", path, {"name": "Works", "reference": None, "phone": None}).json
    archived = merchant.post(f"{path}/archive", once=None).json
    listed = merchant.get("/v1/sellers?status=archived").json["data"]
    restored = merchant.post(f"{path}/restore", once=None).json

    assert (made["status"], made["reference"]) == ("active", "f-1")
    assert changed == {**made, "name": "Works", "reference": None, "phone": None}
    assert (archived["status"], [each["id"] for each in listed]) == ("archived", [made["id"]])
    assert restored == merchant.get(path).json == changed
    shop = merchant.shop
    topics = ["seller.created", "seller.updated", "seller.archived", "seller.restored"]
    wait_until(lambda: _events(merchant, made["id"]) == topics)
    shop.audit()


def test_references_are_unique_and_found(merchant: Any) -> None:
    made = seller(merchant, reference="f-1")

    again = merchant.post("/v1/sellers", {"name": "x", "reference": "f-1"}, once=None)
    found = merchant.get("/v1/sellers?reference=f-1").json["data"]

    assert (again.status_code, again.json["code"]) == (409, "reference_taken")
    assert found == [made]


def test_a_product_names_its_seller_and_keeps_it_when_something_else_changes(merchant: Any) -> None:
    made = seller(merchant, reference="f-1")
    product = merchant.post("/v1/products", {"name": "Type", "seller": "f-1"}, once=None).json
    path = f"/v1/products/{product['id']}"

    renamed = merchant.call("PATCH", path, {"name": "Types"}).json
    unknown = merchant.call("PATCH", path, {"seller": "nobody"})
    found = merchant.get(f"/v1/products?seller_id={made['id']}&q=typ").json["data"]
    own = merchant.call("PATCH", path, {"seller": ""}).json

    assert (product["seller_id"], product["seller"]) == (made["id"], "Foundry")
    assert (renamed["seller_id"], renamed["name"]) == (made["id"], "Types")
    assert (unknown.status_code, unknown.json["code"]) == (422, "unknown_seller")
    assert [each["id"] for each in found] == [product["id"]]
    assert (own["seller_id"], own["seller"]) == (None, "")


def test_orders_and_movements_say_and_are_found_by_who_sold(merchant: Any) -> None:
    made = seller(merchant)
    theirs, own = on_sale(merchant, "TYPE", seller="Foundry"), on_sale(merchant, "INK")
    mixed, plain = order_of(merchant, theirs, own), order_of(merchant, own)
    shop = merchant.shop
    for order in (mixed, plain):
        attempt_id = parse("att", order["payment"]["attempt_id"])
        shop.approve(attempt_id)
        shop.notice(attempt_id)
    shop.work_off()

    orders = merchant.get(f"/v1/orders?seller_id={made['id']}").json["data"]
    movements = merchant.get(f"/v1/movements?seller_id={made['id']}").json["data"]

    line = mixed["lines"][0]
    assert (line["seller_id"], line["seller_name"]) == (made["id"], "Foundry")
    assert (line["subtotal_minor"], line["discounts"], mixed["lines"][1]["seller_id"]) == (700, [], None)
    assert [each["id"] for each in orders] == [mixed["id"]]
    assert [each["order_id"] for each in movements] == [mixed["id"]]
    assert sorted((each["seller_id"] or "", each["amount_minor"]) for each in movements[0]["details"]) == [
        ("", 700),
        (made["id"], 700),
    ]
    assert merchant.get(f"/v1/movements/{movements[0]['id']}").json == movements[0]


def test_a_discount_says_where_it_came_from(merchant: Any) -> None:
    rule = {"name": "Ten", "benefit": {"kind": "percentage", "off_bps": 1000}}
    promotion = merchant.post("/v1/promotions", rule).json
    merchant.post(f"/v1/promotions/{promotion['id']}/status", {"status": "active"}, once=None)

    order = order_of(merchant, on_sale(merchant, "TYPE"))

    [taken] = order["lines"][0]["discounts"]
    assert taken == {
        "source": "promotion",
        "promotion_id": promotion["id"],
        "coupon_template_id": None,
        "coupon_id": None,
        "discount_minor": 70,
    }


def _events(merchant: Any, seller_id: str) -> list[str]:
    found = merchant.get("/v1/events?limit=100").json["data"]
    return [each["type"] for each in found if each["object_id"] == seller_id]
