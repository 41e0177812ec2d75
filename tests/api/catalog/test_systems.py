"""The merchant's own systems, pools of keys and how orders are split, over the API."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db.models import AuditEntry
from app.core.ids import parse, show


def _product(merchant, kind: str) -> tuple[str, str]:
    product = merchant.post("/v1/products", {"name": "Game", "delivery_kind": kind}, once=None).json["id"]
    sku = {"code": "GAME", "name": "Game", "price_minor": 100, "currency": "USD"}
    return product, merchant.post(f"/v1/products/{product}/skus", sku, once=None).json["id"]


def test_the_secret_of_a_delivery_is_rolled_and_shown_once(merchant) -> None:
    product, _ = _product(merchant, "callback")
    path, other = f"/v1/products/{product}/delivery", show("prd", merchant.shop.product_id)

    early = merchant.post(f"{path}/roll_secret", once=None)
    absent = merchant.get(path)
    made = merchant.post(path, {"url": "https://own.example/deliver"}, once=None).json
    rolled = merchant.post(f"{path}/roll_secret", once=None).json

    assert (early.status_code, early.json["code"], absent.status_code) == (409, "no_delivery_url", 404)
    assert rolled["url"] == made["url"] == "https://own.example/deliver"
    assert rolled["secret"].startswith("whsec_")
    assert rolled["secret"] != made["secret"]
    assert merchant.get(path).json == {"url": made["url"], "secret": None}
    assert merchant.post(f"/v1/products/{other}/delivery/roll_secret", once=None).json["code"] == "other_delivery"


def test_pieces_are_held_elsewhere_and_here_again(merchant) -> None:
    path = f"/v1/skus/{show('sku', merchant.shop.sku_id)}/participant"

    early = merchant.post(f"{path}/roll_secret", once=None)
    made = merchant.post(path, {"url": "https://own.example/hold"}, once=None).json
    rolled = merchant.post(f"{path}/roll_secret", once=None).json
    held = merchant.get(path).json
    removed = [merchant.call("DELETE", path).status_code for _ in range(2)]

    assert (early.status_code, early.json["code"]) == (409, "no_participant")
    assert rolled["url"] == made["url"]
    assert rolled["secret"] != made["secret"]
    assert held == {"url": made["url"], "secret": None}
    assert removed == [204, 204]
    assert merchant.get(path).status_code == 404
    assert {"key:key"} == _who_changed(merchant, merchant.shop.sku_id)


def test_a_key_is_found_and_taken_out_of_its_pool(merchant) -> None:
    _, sku = _product(merchant, "licence_key")
    merchant.post(f"/v1/skus/{sku}/licence_keys", {"keys": ["AAAA-BBBB-1111", "AAAA-BBBB-2222"]}, once=None)

    first = merchant.get(f"/v1/licence_keys?sku_id={sku}&limit=1").json
    rest = merchant.get(f"/v1/licence_keys?sku_id={sku}&limit=1&cursor={first['next_cursor']}").json
    [newest] = first["data"]
    response = merchant.post(f"/v1/licence_keys/{newest['id']}/revoke", once=None)
    again = merchant.post(f"/v1/licence_keys/{newest['id']}/revoke", once=None)
    pool = merchant.get(f"/v1/skus/{sku}/licence_keys").json

    assert {each["hint"] for each in (newest, *rest["data"])} == {"…1111", "…2222"}
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert response.json == {**newest, "status": "revoked"}
    assert (again.status_code, again.json["code"]) == (409, "key_not_free")
    assert (pool["free"], pool["revoked"]) == (1, 1)
    assert merchant.get(f"/v1/licence_keys?sku_id={sku}&status=free").json["data"] == rest["data"]
    assert merchant.get(f"/v1/skus/{sku}/stock").json["stock"] == 1
    assert {"key:key"} == _who_changed(merchant, parse("lky", newest["id"]))


def test_how_orders_are_split_is_chosen(merchant) -> None:
    before = merchant.get("/v1/order_splitting").json
    chosen = merchant.post("/v1/order_splitting", {"split_by": "seller"}, once=None)
    wrong = merchant.post("/v1/order_splitting", {"split_by": "weather"}, once=None)

    assert before["split_by"] == "delivery_kind"
    assert {"delivery_kind", "seller", "category", "whole"} <= {each["name"] for each in before["choices"]}
    assert chosen.json == {**before, "split_by": "seller"}
    assert (wrong.status_code, wrong.json["code"], wrong.json["param"]) == (422, "unknown_split", "split_by")
    assert merchant.get("/v1/order_splitting").json == chosen.json
    assert {"key:key"} == _who_changed(merchant, merchant.shop.business_id)


def _who_changed(merchant, subject_id) -> set[str]:
    query = select(AuditEntry.actor).where(AuditEntry.subject_id == subject_id, AuditEntry.action == "changed")
    return {row.actor.split("_")[0] for row in merchant.shop.many(query)}
