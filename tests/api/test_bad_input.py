"""Bad input gets its documented error and changes nothing."""

from __future__ import annotations

import json

import pytest

from app.core.ids import new_id, show

SESSIONS = "/v1/checkout/sessions"


@pytest.mark.parametrize("quantity", ["-1", "0", "10001", "9" * 30, "1.0", "1.5", "1e2", '"1"', "true", "null", "[]"])
def test_a_bad_quantity_opens_no_session(merchant, quantity: str) -> None:
    before = merchant.rows()
    text = json.dumps(merchant.session_body("#")).replace('"#"', quantity)

    answer = merchant.post(SESSIONS, text)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_parameter")
    assert answer.json["param"] == "line_items[0].quantity"
    assert merchant.rows() == before


@pytest.mark.parametrize("quantity", [-1, 0, 10001, 1.5, "2", True])
def test_a_bad_quantity_changes_no_session(merchant, browser_of, quantity) -> None:
    buyer = browser_of(merchant.new_session()["client_secret"])

    answer = buyer.call("POST", "", {"quantity": quantity})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_parameter")
    snapshot = buyer.call("GET").json
    assert (snapshot["quantity"], snapshot["version"]) == (1, 1)


@pytest.mark.parametrize("amount", ["-1", "0", "100000000000", "1.0", '"100"', "true"])
def test_a_bad_amount_refunds_nothing(merchant, amount: str) -> None:
    order_id = show("ord", merchant.shop.paid_order())
    before = merchant.rows()

    answer = merchant.post("/v1/refunds", f'{{"order_id": "{order_id}", "amount_minor": {amount}, "reason": "x"}}')

    assert (answer.status_code, answer.json["param"]) == (422, "amount_minor")
    assert merchant.rows() == before


def test_more_than_was_paid_is_not_refunded(merchant) -> None:
    order_id = show("ord", merchant.shop.paid_order())
    before = merchant.rows()

    answer = merchant.post("/v1/refunds", {"order_id": order_id, "amount_minor": 1001, "reason": "x"})

    assert (answer.status_code, answer.json["code"]) == (409, "refund_exceeds_rest")
    assert answer.json["details"] == {"refundable_minor": 1000}
    assert merchant.rows() == before


def test_what_the_state_does_not_allow_is_refused(merchant) -> None:
    unpaid, paid = show("ord", merchant.shop.place()), show("ord", merchant.shop.paid_order())
    product = show("prd", merchant.shop.product_id)
    empty = merchant.post("/v1/products", {"name": "Nothing in it"}).json["id"]
    before = merchant.rows()

    answers = [
        merchant.post("/v1/refunds", {"order_id": unpaid, "reason": "x"}),
        merchant.post(f"/v1/orders/{paid}/cancel"),
        merchant.post(f"/v1/products/{empty}/publish"),
        merchant.post(f"/v1/products/{empty}/unpublish"),
        merchant.post(
            f"/v1/products/{product}/skus", {"code": "ONE", "name": "x", "price_minor": 1, "currency": "USD"}
        ),
    ]

    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [
        (409, "not_refundable"),
        (409, "order_state"),
        (409, "nothing_to_sell"),
        (409, "illegal_state"),
        (409, "code_taken"),
    ]
    assert merchant.rows() == before


def test_a_session_cannot_be_had_for_what_is_not_for_sale(merchant) -> None:
    merchant.post(f"/v1/products/{show('prd', merchant.shop.product_id)}/unpublish")
    before = merchant.rows()

    revoked = merchant.post(SESSIONS, merchant.session_body())
    absent = merchant.session_body()
    absent["line_items"][0]["sku_id"] = show("sku", new_id())

    assert (revoked.status_code, revoked.json["code"]) == (409, "not_on_sale")
    assert merchant.post(SESSIONS, absent).status_code == 404
    assert merchant.rows() == before


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("price_minor", -1),
        ("price_minor", 100_000_000_000),
        ("price_minor", 9.99),
        ("price_minor", "999"),
        ("currency", "usd"),
        ("currency", "XQX"),
        ("stock", -1),
        ("stock", 1.0),
        ("delivery_days", 0),
        ("code", "a b"),
        ("name", ""),
        ("name", "a\u0000b"),
        ("active", "yes"),
        ("weight", 1),
    ],
)
def test_a_bad_sku_is_not_made(merchant, member: str, value) -> None:
    path = f"/v1/products/{show('prd', merchant.shop.product_id)}/skus"
    before = merchant.rows()
    body = {"code": "TWO", "name": "Two", "price_minor": 1, "currency": "USD", member: value}

    answer = merchant.call("POST", path, body)

    assert answer.status_code == 422, answer.text
    assert merchant.rows() == before


@pytest.mark.parametrize(
    "more",
    [
        {"buyer": {"reference": ""}},
        {"buyer": {"reference": "x" * 121}},
        {"buyer": {"reference": "b", "email": "nobody"}},
        {"buyer": {"reference": "b", "phone": "0151 2345678"}},
        {"return_url": "javascript:alert(1)"},
        {"return_url": "https://shop.example/\r\nSet-Cookie: a=b"},
        {"return_url": "https://[x/"},
        {"return_url": "https://[::1"},
        {"locale": "../en"},
        {"metadata": {"a": 1}},
        {"metadata": {str(number): "x" for number in range(21)}},
        {"currency": "eur"},
        {"line_items": []},
    ],
)
def test_a_bad_member_opens_no_session(merchant, more) -> None:
    before = merchant.rows()

    answer = merchant.post(SESSIONS, {**merchant.session_body(), **more})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_parameter")
    assert merchant.rows() == before


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        ({"website": "https://[x"}, "invalid_parameter"),
        ({"website": "https://ada@shop.example"}, "invalid_url"),
        ({"contact_email": "ada@shop..example"}, "invalid_email"),
    ],
)
def test_bad_contacts_of_a_brand_are_refused_as_documented(merchant, contact: dict[str, str], code: str) -> None:
    answer = merchant.post("/v1/brand", contact)

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert merchant.get("/v1/brand").json["website"] is None
