"""Promotions over the API: made, switched on and off, and given."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db.models import AuditEntry
from app.core.ids import new_id, parse, show

TENTH: dict[str, Any] = {"name": "Tenth", "benefit": {"kind": "percentage", "off_bps": 1000}}


def test_a_promotion_is_made_switched_on_applied_and_ended(merchant) -> None:
    sku = show("sku", merchant.shop.sku_id)
    limits = {"max_uses": 5, "currency": "USD", "budget_minor": 10_000, "scope": {"sku_ids": [sku]}}

    made = merchant.post("/v1/promotions", {**TENTH, **limits})
    path = f"/v1/promotions/{made.json['id']}"
    states = [merchant.post(f"{path}/status", {"status": to}, once=None).json["status"] for to in ("active", "paused")]
    merchant.post(f"{path}/status", {"status": "active"}, once=None)
    order = merchant.post("/v1/orders", merchant.session_body()).json
    ended = merchant.post(f"{path}/status", {"status": "ended"}, once=None).json
    over = merchant.post(f"{path}/status", {"status": "active"}, once=None)

    assert (made.status_code, made.json["status"]) == (201, "draft")
    assert made.json["benefit"] == {"off_bps": 1000}
    assert made.json["scope"] == {"sku_ids": [sku]}
    assert (made.json["uses"], made.json["spent_minor"], ended["uses"], ended["spent_minor"]) == (0, 0, 1, 100)
    assert "10" in made.json["summary"]
    assert states == ["active", "paused"]
    assert order["total_minor"] == 900
    assert (over.status_code, over.json["code"]) == (409, "illegal_state")
    assert merchant.get(path).json == ended
    noted = select(AuditEntry.actor).where(AuditEntry.subject_id == parse("prm", ended["id"]))
    assert {row.actor.split("_")[0] for row in merchant.shop.many(noted)} == {"key:key"}


def test_promotions_are_listed_newest_first(merchant) -> None:
    made = [merchant.post("/v1/promotions", {**TENTH, "name": name}).json["id"] for name in ("One", "Two")]
    merchant.post(f"/v1/promotions/{made[0]}/status", {"status": "ended"}, once=None)

    first = merchant.get("/v1/promotions?limit=1").json
    rest = merchant.get(f"/v1/promotions?cursor={first['next_cursor']}").json

    assert [each["id"] for each in (*first["data"], *rest["data"])] == made[::-1]
    assert [each["id"] for each in merchant.get("/v1/promotions?status=ended").json["data"]] == made[:1]


def test_a_promotion_is_made_once(merchant) -> None:
    key = str(uuid.uuid4())

    first, again = (merchant.post("/v1/promotions", {**TENTH, "channels": ["simulator"]}, once=key) for _ in range(2))

    assert again.json == first.json
    assert first.json["channels"] == ["simulator"]
    assert len(merchant.get("/v1/promotions").json["data"]) == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": "A: B"}, "invalid_promotion"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "invalid_promotion"),
        ({"minimum_minor": 100}, "invalid_promotion"),
        ({"minimum_minor": 100, "currency": "XXQ"}, "unknown_currency"),
        ({"channels": ["pigeon"]}, "unknown_channel"),
        ({"scope": {"categories": ["nowhere"]}}, "invalid_promotion"),
        ({"scope": {"product_ids": [show("prd", new_id())]}}, "invalid_promotion"),
        ({"scope": {"excluded_sku_ids": [show("sku", new_id())]}}, "invalid_promotion"),
        ({"benefit": {"kind": "percentage", "off_bps": 0}}, "invalid_parameter"),
        ({"benefit": {"kind": "member_price", "off_bps": 1000}}, "invalid_promotion"),
    ],
)
def test_a_promotion_that_cannot_be_is_refused(merchant, more, code: str) -> None:
    answer = merchant.post("/v1/promotions", {**TENTH, **more})

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert merchant.get("/v1/promotions").json["data"] == []


def test_another_business_goods_cannot_be_named(merchant, new_shop) -> None:
    theirs = new_shop()
    bundle = {"kind": "bundle", "price_minor": 1, "parts": [{"scope": {"product_ids": [_of(theirs)]}}]}
    member = {"kind": "member_price", "unit_minor": {show("sku", theirs.sku_id): 1}}
    get = {"kind": "buy_get", "buy_quantity": 1, "get_quantity": 1, "get": {"product_ids": [_of(theirs)]}}
    common = {"currency": "USD", "buyer_groups": ["members"]}

    codes = {
        merchant.post("/v1/promotions", {**TENTH, **common, "benefit": benefit}).json["code"]
        for benefit in (bundle, member, get)
    }

    assert codes == {"invalid_promotion"}


def _of(shop) -> str:
    return show("prd", shop.product_id)
