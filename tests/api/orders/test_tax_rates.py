"""Tax rates and receipts by key."""

from __future__ import annotations

from app.core.ids import show
from tests.api.conftest import Merchant

GERMAN = {"country": "DE", "name": "VAT", "rate_bps": 1900}


def test_rates_are_set_listed_and_ended(merchant: Merchant) -> None:
    first = merchant.post("/v1/tax_rates", GERMAN)
    again = merchant.post("/v1/tax_rates", GERMAN, once="the-same-request")
    repeated = merchant.post("/v1/tax_rates", GERMAN, once="the-same-request")
    ended = merchant.post(f"/v1/tax_rates/{again.json['id']}/end", once=None)

    everything = merchant.get("/v1/tax_rates").json["data"]
    assert (first.status_code, again.json) == (201, repeated.json)
    assert ended.json["ends_at"] is not None
    assert [row["id"] for row in everything] == [again.json["id"], first.json["id"]]
    assert merchant.get("/v1/tax_rates?ended=false").json["data"] == []
    assert len(merchant.get("/v1/tax_rates?limit=1").json["data"]) == 1


def test_what_is_no_rate_is_refused_by_code(merchant: Merchant) -> None:
    unknown = merchant.post("/v1/tax_rates", {**GERMAN, "country": "XX"})
    product = merchant.post("/v1/tax_rates", {**GERMAN, "product_id": "prd_01jd3w8n2q4zt5b7yk2hc5e4rv"})

    assert (unknown.status_code, unknown.json["code"]) == (422, "invalid_tax_rate")
    assert (product.status_code, product.json["code"]) == (404, "not_found")


def test_a_receipt_has_its_number_and_taxes(merchant: Merchant) -> None:
    merchant.post("/v1/tax_rates", GERMAN)
    change = {"country": "DE", "prices_include_tax": True, "legal_name": "Games GmbH"}
    merchant.call("PATCH", "/v1/business", change)
    order = show("ord", merchant.shop.paid_order())

    receipt = merchant.get(f"/v1/orders/{order}/receipt")
    again = merchant.get(f"/v1/orders/{order}/receipt")
    unpaid = merchant.get(f"/v1/orders/{show('ord', merchant.shop.place())}/receipt")

    assert receipt.json == again.json
    assert (receipt.json["number"], receipt.json["text"], receipt.json["seller"]["name"]) == (1, "R-1", "Games GmbH")
    [tax] = receipt.json["taxes"]
    total = merchant.get(f"/v1/orders/{order}").json["total_minor"]
    assert (tax["name"], tax["rate_bps"], tax["gross_minor"]) == ("VAT", 1900, total)
    assert unpaid.status_code == 404
