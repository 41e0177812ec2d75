"""Receipts for companies and credit notes, by key."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.ids import show
from app.workflow.orders.correct_receipt import correct_receipt
from tests.api.conftest import Merchant

COMPANY = {"company": "Analytical Ltd", "address": "12 Way\nLondon", "tax_number": "GB1"}


def test_an_order_and_a_session_are_for_a_company(merchant: Merchant) -> None:
    made = merchant.post("/v1/orders", {**order_body(merchant), "billing_details": COMPANY})
    session = merchant.post("/v1/checkout/sessions", {**merchant.session_body(), "billing_details": COMPANY})
    without = merchant.post("/v1/orders", order_body(merchant))

    kept = {**COMPANY, "name": ""}
    assert (made.status_code, made.json["billing_details"]) == (201, kept)
    assert session.json["billing_details"] == kept
    assert without.json["billing_details"] is None


def test_a_receipt_names_the_company_and_the_receipt_that_it_corrects(merchant: Merchant) -> None:
    shop = merchant.shop
    order_id = shop.paid_order()
    path = f"/v1/orders/{show('ord', order_id)}/receipt"
    first = merchant.get(path).json
    correct_receipt(shop.business_id, order_id, COMPANY)

    second = merchant.get(path).json

    assert (first["buyer"], first["corrects"]) == (None, None)
    assert (second["number"], second["buyer"]) == (2, {**COMPANY, "name": ""})
    assert second["corrects"] == {name: first[name] for name in ("number", "text", "created_at")}


def test_a_credit_note_is_listed_and_read(merchant: Merchant) -> None:
    shop = merchant.shop
    order_id = shop.paid_order()
    merchant.get(f"/v1/orders/{show('ord', order_id)}/receipt")
    shop.refund(order_id, 100)
    shop.refund(order_id, 200)
    shop.work_off()

    newest, oldest = merchant.get(f"/v1/credit_notes?order_id={show('ord', order_id)}").json["data"]
    alone = merchant.get(f"/v1/credit_notes?refund_id={oldest['refund_id']}").json["data"]

    assert [each["text"] for each in (oldest, newest)] == ["C-1", "C-2"]
    assert (oldest["amount_minor"], oldest["buyer"], oldest["taxes"]) == (100, None, [])
    assert alone == [oldest]
    assert merchant.get(f"/v1/credit_notes/{oldest['id']}").json == oldest
    assert merchant.get(f"/v1/refunds/{oldest['refund_id']}").json["amount_minor"] == 100


@pytest.mark.parametrize(
    "wrong", [{"company": ""}, {"address": "\n".join("1234567")}, {"name": "a\u202eb"}, {"x": "y"}]
)
def test_what_is_no_company_is_refused(merchant: Merchant, wrong: dict[str, str]) -> None:
    refused = merchant.post("/v1/orders", {**order_body(merchant), "billing_details": COMPANY | wrong})

    assert (refused.status_code, refused.json["code"]) in {
        (422, "invalid_parameter"), (422, "invalid_billing_details"), (400, "unknown_parameter"),
    }  # fmt: skip


def order_body(merchant: Merchant) -> dict[str, Any]:
    """An order of one unit."""
    line = {"sku_id": show("sku", merchant.shop.sku_id), "quantity": 1}
    return {"line_items": [line], "buyer": {"reference": "buyer-1"}, "channel": "simulator"}
