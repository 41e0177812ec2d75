"""Checkout configurations over the API."""

from __future__ import annotations

import pytest

from app.core.ids import new_id, show
from tests.factories.configurations import make_configuration


def body(shop, **more):
    return {"name": "Button", "line_items": [{"sku_id": show("sku", shop.sku_id), "quantity": 2}], **more}


def test_a_configuration_is_made_changed_put_away_and_brought_back(merchant) -> None:
    address = "/v1/checkout/configurations"

    made = merchant.post(address, body(merchant.shop, channels=["simulator"], metadata={"campaign": "may"}))
    own = f"{address}/{made.json['id']}"
    changed = merchant.call("PATCH", own, {"quantity_changeable": False, "channels": [], "locale": "de"}).json
    worn = merchant.call(
        "PATCH", own, {"appearance": {"theme": "night", "variables": {"colorPrimary": "#123456"}}}
    ).json
    cleared = merchant.call("PATCH", own, {"locale": None}).json
    archived = merchant.post(f"{own}/archive", once=None).json
    refused = merchant.call("PATCH", own, {"active": True})
    back = merchant.post(f"{own}/restore", once=None).json

    assert (made.status_code, made.json["active"], made.json["metadata"]) == (201, True, {"campaign": "may"})
    assert made.json["url"].endswith(f"/b/{made.json['id']}")
    moved = {"quantity_changeable": False, "channels": [], "locale": "de", "changed_at": changed["changed_at"]}
    assert changed == made.json | moved
    assert (cleared["locale"], cleared["appearance"]) == (None, worn["appearance"])
    assert worn["appearance"] == {"theme": "night", "variables": {"colorPrimary": "#123456"}}
    assert (archived["archived"], archived["active"]) == (True, False)
    assert (refused.status_code, refused.json["code"]) == (409, "configuration_archived")
    assert (back["archived"], back["active"]) == (False, False)


def test_lists_keep_archived_ones_apart(merchant) -> None:
    ids = [show("cfg", make_configuration(merchant.shop)) for _ in range(3)]
    merchant.post(f"/v1/checkout/configurations/{ids[1]}/archive", once=None)

    first = merchant.get("/v1/checkout/configurations?limit=1").json
    second = merchant.get(f"/v1/checkout/configurations?limit=1&cursor={first['next_cursor']}").json
    archived = merchant.get("/v1/checkout/configurations?archived=true").json

    assert [each["id"] for page in (first, second) for each in page["data"]] == [ids[2], ids[0]]
    assert not second["has_more"]
    assert [each["id"] for each in archived["data"]] == [ids[1]]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": " "}, (422, "invalid_name")),
        ({"line_items": []}, (422, "invalid_parameter")),
        ({"line_items": [{"sku_id": show("sku", new_id()), "quantity": 1}]}, (404, "not_found")),
        ({"currency": "JPY"}, (422, "wrong_currency")),
        ({"channels": ["wallet"]}, (422, "unknown_channel")),
        ({"channels": ["abacus"]}, (422, "unknown_channel")),
        ({"return_url": "javascript:alert(1)"}, (422, "invalid_parameter")),
        ({"appearance": {"variables": {"colorPrimary": "red;}"}}}, (422, "invalid_appearance")),
        ({"price_minor": 1}, (422, "invalid_parameter")),
    ],
)
def test_a_configuration_that_could_sell_nothing_is_refused(merchant, change, refusal) -> None:
    answer = merchant.post("/v1/checkout/configurations", body(merchant.shop) | change)

    assert (answer.status_code, answer.json["code"]) == refusal
    assert merchant.get("/v1/checkout/configurations").json["data"] == []
