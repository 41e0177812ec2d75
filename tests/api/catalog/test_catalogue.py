"""Prices, options and limits over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.api.kit.shapes import moment_text
from app.core import clock
from app.core.ids import new_id, show


def test_prices_are_set_listed_and_ended(merchant) -> None:
    sku = show("sku", merchant.shop.sku_id)
    later = moment_text(clock.now() + timedelta(days=1))

    yen = merchant.post(f"/v1/skus/{sku}/prices", {"currency": "JPY", "unit_minor": 1500}).json
    ten = merchant.post(f"/v1/skus/{sku}/prices", {"currency": "USD", "unit_minor": 900, "from_quantity": 10}).json
    soon = merchant.post(f"/v1/skus/{sku}/prices", {"currency": "USD", "unit_minor": 700, "starts_at": later}).json
    base = merchant.post(f"/v1/skus/{sku}/prices", {"currency": "USD", "unit_minor": 1100}).json
    ended = merchant.post(f"/v1/prices/{ten['id']}/end").json

    assert [each["status"] for each in (yen, soon, base, ended)] == ["current", "scheduled", "current", "ended"]
    assert (base["id"], base["is_base"], soon["starts_at"]) == (None, True, later)
    assert merchant.get(f"/v1/skus/{sku}").json["prices"] == [
        {"currency": "USD", "from_quantity": 1, "unit_minor": 1100},
        {"currency": "JPY", "from_quantity": 1, "unit_minor": 1500},
    ]
    was = merchant.get(f"/v1/skus/{sku}/prices?ended=true&limit=1").json
    assert [(each["unit_minor"], each["is_base"]) for each in was["data"]] == [(1000, True)]
    rest = merchant.get(f"/v1/skus/{sku}/prices?ended=true&limit=1&cursor={was['next_cursor']}").json
    assert [each["id"] for each in rest["data"]] == [ten["id"]]
    assert {each["id"] for each in merchant.get(f"/v1/skus/{sku}/prices?ended=false").json["data"]} == {
        yen["id"],
        soon["id"],
    }


def test_options_make_skus_that_are_changed_together(merchant) -> None:
    path = f"/v1/products/{show('prd', merchant.shop.product_id)}"
    options = [{"name": "Term", "values": ["1 month", "1 year"]}]

    named = merchant.post(f"{path}/options", {"options": options}).json
    filled = merchant.post(f"{path}/options/fill", {"code": "M", "price_minor": 9000, "currency": "USD"}).json
    year = next(each for each in filled["skus"] if each["name"] == "1 year")
    changed = merchant.call("PATCH", f"{path}/skus", {"skus": [{"id": year["id"], "stock": 3, "code": "YEAR"}]}).json

    assert named["options"] == options
    assert {each["code"]: each["specification"] for each in filled["skus"]} == {
        "ONE": {"Term": "1 month"},
        "M-1-YEAR": {"Term": "1 year"},
    }
    assert {each["code"]: each["stock"] for each in changed["skus"]} == {"ONE": None, "YEAR": 3}


def test_the_facts_of_a_product_are_stored(merchant) -> None:
    path = f"/v1/products/{show('prd', merchant.shop.product_id)}"
    values = {
        "min_per_order": 2,
        "max_per_order": 5,
        "max_per_buyer": 9,
        "max_per_period": 4,
        "period_days": 7,
        "attributes": [{"name": "Platform", "value": "Windows"}],
    }

    changed = merchant.call("PATCH", path, values).json
    freed = merchant.call("PATCH", path, {"max_per_buyer": None}).json

    assert {name: changed[name] for name in values} == values
    assert (freed["max_per_buyer"], freed["max_per_period"]) == (None, 4)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("invalid_limit", {"min_per_order": 51}),
        ("invalid_limit", {"max_per_period": 3}),
        ("invalid_parameter", {"max_per_buyer": 0}),
        ("invalid_parameter", {"attributes": [{"name": "", "value": "x"}]}),
    ],
)
def test_limits_that_cannot_be_are_refused(merchant, code: str, change: dict[str, object]) -> None:
    path = f"/v1/products/{show('prd', merchant.shop.product_id)}"

    answer = merchant.call("PATCH", path, change)

    assert (answer.status_code, answer.json["code"]) == (422, code)


@pytest.mark.parametrize(
    ("code", "price"),
    [
        ("invalid_parameter", {"unit_minor": -1}),
        ("invalid_parameter", {"starts_at": "2030-01-01T00:00:00"}),
        ("unknown_currency", {"currency": "XQX"}),
        ("invalid_window", {"ends_at": "2020-01-01T00:00:00Z"}),
    ],
)
def test_a_bad_price_is_not_set(merchant, code: str, price: dict[str, object]) -> None:
    body = {"currency": "USD", "unit_minor": 1, **price}

    answer = merchant.post(f"/v1/skus/{show('sku', merchant.shop.sku_id)}/prices", body)

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert merchant.post(f"/v1/prices/{show('prc', new_id())}/end").status_code == 404
