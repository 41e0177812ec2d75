"""Points and what a SKU hands over, over HTTP."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.merchant import sell

CHANGE = {"buyer_reference": "ann", "change": 50, "reason": "welcome"}


def test_points_are_granted_and_deducted_once_under_their_key(merchant) -> None:
    made = [merchant.post("/v1/points/entries", CHANGE, once="points-0001") for _ in range(2)]
    spent = merchant.post("/v1/points/entries", CHANGE | {"change": -20, "reason": "a mug"})
    refused = merchant.post("/v1/points/entries", CHANGE | {"change": -31, "reason": "a cup"})

    assert made[0].json == made[1].json
    assert (spent.status_code, spent.json["kind"], spent.json["balance"]) == (201, "spent", 30)
    assert (refused.status_code, refused.json["code"], refused.json["details"]) == (
        409,
        "insufficient_points",
        {"balance": 30},
    )
    assert merchant.get("/v1/points?buyer_reference=ann").json["balance"] == 30
    lines = merchant.get("/v1/points/entries?buyer_reference=ann&limit=1").json
    rest = merchant.get(f"/v1/points/entries?buyer_reference=ann&limit=1&cursor={lines['next_cursor']}").json
    assert [line["change"] for line in (*lines["data"], *rest["data"])] == [-20, 50]
    assert merchant.get("/v1/points?buyer_reference=nobody").json["balance"] == 0


def test_buyers_with_points_are_listed(merchant) -> None:
    for buyer in ("ann", "bob"):
        merchant.post("/v1/points/entries", CHANGE | {"buyer_reference": buyer})

    first = merchant.get("/v1/points/accounts?limit=1").json
    rest = merchant.get(f"/v1/points/accounts?limit=1&cursor={first['next_cursor']}").json

    assert [(each["buyer_reference"], each["balance"]) for each in (*first["data"], *rest["data"])] == [
        ("bob", 50),
        ("ann", 50),
    ]


def test_a_sku_says_what_it_hands_over(merchant) -> None:
    sell(merchant.shop, "points")
    path = f"/v1/skus/{show('sku', merchant.shop.sku_id)}/deliverable"

    response = merchant.post(path, {"points": 100, "when_spent": "debt"}, once=None)
    refused = merchant.post(path, {"credit_minor": 100, "currency": "USD"}, once=None)

    assert response.json["deliverable"] == {"points": 100, "when_spent": "debt"}
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_deliverable")
    assert merchant.get(path).json == response.json
