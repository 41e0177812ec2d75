"""One buyer's data over the API."""

from __future__ import annotations


def test_a_program_asks_for_everything_and_erases_it(merchant) -> None:
    order_id = merchant.shop.paid_order(buyer="customer-44")

    had = merchant.post("/v1/privacy/exports", {"buyer_reference": "customer-44"})
    erased = merchant.post("/v1/privacy/erasures", {"buyer_reference": "customer-44", "reason": "asked by mail"})
    left = merchant.post("/v1/privacy/exports", {"buyer_reference": "customer-44"})

    assert had.json["data"]["orders"][0]["buyer_reference"] == "customer-44"
    assert merchant.shop.order(order_id).buyer_reference == erased.json["pseudonym"]
    assert erased.json["rows"] > 0
    assert left.json["data"]["orders"] == []


def test_a_buyer_is_named_in_one_way_and_has_nothing_open(merchant) -> None:
    both = {"buyer_reference": "a", "buyer_email": "a@example.com"}
    merchant.shop.place(buyer="customer-45")

    wrong = merchant.post("/v1/privacy/exports", both)
    open_order = merchant.post("/v1/privacy/erasures", {"buyer_reference": "customer-45", "reason": "asked"})

    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid_buyer")
    assert (open_order.status_code, open_order.json["code"]) == (409, "buyer_has_orders")
