"""Several lines in one checkout session and in one order."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.ids import new_id, parse, show
from app.domain.marketing.kinds import Percentage
from app.domain.marketing.types import DiscountRule
from app.domain.orders.models import OrderLine
from app.domain.payments.models import PaymentAttempt
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.marketing import manage_promotions
from app.workflow.orders.choose_split import choose_split


@pytest.fixture
def sold(merchant) -> dict[str, str]:
    """Shown ids of SKUs by name: two of one product, one of another, one in another currency."""
    business_id, made = merchant.shop.business_id, {"month": show("sku", merchant.shop.sku_id)}
    font = manage_catalog.create_product(business_id, ProductCommand(name="Font", max_per_order=5), actor="test")
    for product_id, name, price, currency in (
        (merchant.shop.product_id, "year", 9000, "USD"),
        (font, "font", 2500, "USD"),
        (font, "euro", 2300, "EUR"),
    ):
        command = SkuCommand(code=name, name=name, price_minor=price, currency=currency)
        made[name] = show("sku", manage_catalog.add_sku(business_id, product_id, command))
    manage_catalog.publish_product(business_id, font, actor="test")
    return made


@pytest.fixture
def cart(merchant, browser_of, sold):
    """A browser at a session with three months and one font."""
    items = [{"sku_id": sold["month"], "quantity": 3}, {"sku_id": sold["font"], "quantity": 1}]
    made = merchant.post("/v1/checkout/sessions", merchant.session_body() | {"line_items": items}).json
    assert [(each["key"], each["sku_id"], each["quantity"]) for each in made["line_items"]] == [
        ("1", sold["month"], 3),
        ("2", sold["font"], 1),
    ]
    return browser_of(made["client_secret"])


def confirm(browser, **body: Any):
    return browser.call("POST", "/confirm", body, {"Idempotency-Key": str(uuid.uuid4())})


def lines(answer) -> list[tuple[Any, ...]]:
    return [(each["key"], each["quantity"], each["total_minor"]) for each in answer.json["lines"]]


def test_a_cart_is_priced_changed_bought_and_delivered_as_one(merchant, cart, sold) -> None:
    rule = DiscountRule(id=new_id(), name="Autumn", benefit=Percentage(off_bps=1000))
    manage_promotions.create_promotion(merchant.shop.business_id, rule, actor="test")
    manage_promotions.transition_promotion(merchant.shop.business_id, rule.id, "active", actor="test")

    shown = cart.call("GET").json
    changes = [{"key": "1", "sku_id": sold["year"], "quantity": 2}, {"key": "2", "quantity": 4}]
    changed = cart.call("POST", "", {"lines": changes, "version": shown["version"]}).json
    confirmed = confirm(cart, payment_method_id="simulator", total_minor=25200, version=changed["version"]).json
    attempt_id = merchant.shop.one(select(PaymentAttempt.id)).id
    merchant.shop.approve(attempt_id)
    merchant.shop.notice(attempt_id)
    merchant.shop.work_off()
    done = cart.call("GET").json

    sums = ("subtotal_minor", "discount_minor", "total_minor")
    assert [shown[name] for name in sums] == [5500, 550, 4950]
    assert [[line[name] for name in sums] for line in shown["lines"]] == [[3000, 300, 2700], [2500, 250, 2250]]
    assert [step["text"] for step in shown["steps"]] == [
        "Membership: 1 month: 3 × $10.00 = $30.00",
        "Font: font: 1 × $25.00 = $25.00",
        "Autumn: 10% off $55.00",
    ]
    assert (shown["product"], shown["sku_id"], shown["skus"]) == (None, None, [])
    assert [[sku["name"] for sku in line["skus"]] for line in shown["lines"]] == [["1 month", "year"], ["font"]]
    assert (done["status"], done["delivered"], done["order_id"]) == ("succeeded", True, confirmed["order_id"])
    for snapshot in (confirmed, done):
        assert [snapshot[name] for name in (*sums, "steps", "discounts")] == [
            changed[name] for name in (*sums, "steps", "discounts")
        ]
        settled = {"skus": [], "quantity_max": 0, "removable": False}
        assert [line | settled for line in snapshot["lines"]] == [line | settled for line in changed["lines"]]
        assert not any(line["removable"] for line in snapshot["lines"])
    merchant.shop.audit()


def test_a_line_is_taken_out_but_never_the_last_one(cart) -> None:
    response = cart.call("POST", "", {"lines": [{"key": "1", "quantity": 0}]})
    again = cart.call("POST", "", {"lines": [{"key": "1", "quantity": 2}]})
    last = cart.call("POST", "", {"lines": [{"key": "2", "quantity": 0}]})
    only = cart.call("POST", "", {"quantity": 2})

    assert lines(response) == [("2", 1, 2500)]
    assert (response.json["quantity"], response.json["unit_price_minor"]) == (1, 2500)
    assert (again.status_code, again.json["code"]) == (404, "no_such_line")
    assert (last.status_code, last.json["code"]) == (422, "last_line")
    assert lines(only) == [("2", 2, 5000)]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"quantity": 2}, (422, "line_needed")),
        ({"lines": [{"key": "1", "quantity": 2}, {"key": "1", "quantity": 3}]}, (422, "invalid_parameter")),
        ({"lines": [{"key": "1", "quantity": 2}], "quantity": 2}, (422, "invalid_parameter")),
        ({"lines": [{"key": "1", "quantity": -1}]}, (422, "invalid_parameter")),
        ({"lines": [{"key": "2", "quantity": 6}]}, (422, "quantity_not_allowed")),
        ({"lines": [{"key": "1", "sku_id": "font"}]}, (422, "sku_twice")),
        ({"lines": [{"key": "2", "sku_id": "month"}, {"key": "1", "sku_id": "year"}]}, (422, "wrong_product")),
        ({"lines": [{"key": "2", "sku_id": "euro"}]}, (422, "wrong_currency")),
        ({"lines": [{"key": "1", "quantity": 2}], "version": 1}, (409, "session_changed")),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(cart, sold, change, refusal) -> None:
    before = cart.call("POST", "", {"payment_method_id": "simulator"}).json
    for line in change.get("lines", ()):
        if "sku_id" in line:
            line["sku_id"] = sold[line["sku_id"]]

    answer = cart.call("POST", "", change)

    assert (answer.status_code, answer.json["code"]) == refusal
    moves = {"request_id": "", "now": ""}
    assert cart.call("GET").json | moves == before | moves


def test_what_another_window_changed_is_not_ordered_unseen(merchant, cart) -> None:
    seen = cart.call("GET").json
    cart.call("POST", "", {"lines": [{"key": "2", "quantity": 0}]})
    before = merchant.rows()

    answer = confirm(cart, payment_method_id="simulator", version=seen["version"])

    assert (answer.status_code, answer.json["code"]) == (409, "session_changed")
    assert merchant.rows() == before


def test_two_windows_at_once_change_a_line_each(cart, browser_of) -> None:
    changes = [{"lines": [{"key": "1", "quantity": 7}]}, {"lines": [{"key": "2", "quantity": 3}]}]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda change: browser_of(cart.secret).call("POST", "", change), changes))

    assert lines(cart.call("GET")) == [("1", 7, 7000), ("2", 3, 7500)]


@pytest.mark.parametrize("path", ["/v1/checkout/sessions", "/v1/orders"])
@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (["month", "euro"], (422, "mixed_currencies")),
        (["month", "month"], (422, "sku_twice")),
        (["month"] * 51, (422, "invalid_parameter")),
        ([], (422, "invalid_parameter")),
    ],
)
def test_a_cart_that_cannot_be_is_refused(merchant, sold, path, names, refusal) -> None:
    items = [{"sku_id": sold[name], "quantity": 1} for name in names]
    before = merchant.rows()

    answer = merchant.post(path, {"line_items": items, "buyer": {"reference": "b"}})

    assert (answer.status_code, answer.json["code"]) == refusal
    assert merchant.rows() == before


def test_an_order_of_fifty_lines_is_paid_and_refunded_by_the_line(merchant) -> None:
    shop, made = merchant.shop, []
    for number in range(50):
        command = SkuCommand(code=f"S{number}", name=f"No {number}", price_minor=100 + number, currency="USD")
        made.append(show("sku", manage_catalog.add_sku(shop.business_id, shop.product_id, command)))

    items = [{"sku_id": sku_id, "quantity": 1} for sku_id in made]
    placed = merchant.post("/v1/orders", {"line_items": items, "buyer": {"reference": "b"}}).json
    attempt_id = parse("att", placed["payment"]["attempt_id"])
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    chosen = next(line for line in placed["lines"] if line["sku_id"] == made[7])
    refund = {"order_id": placed["id"], "lines": [{"line_id": chosen["id"], "quantity": 1}], "reason": "asked"}
    merchant.post("/v1/refunds", refund)
    shop.work_off()

    assert placed["total_minor"] == sum(range(100, 150))
    assert [line["sku_id"] for line in placed["lines"]] == made
    assert merchant.get(f"/v1/orders/{placed['id']}").json["refunded_minor"] == 107
    assert len(shop.many(select(OrderLine.id))) == 50
    shop.audit()


def test_an_order_that_costs_nothing_is_paid_at_once(merchant, browser_of) -> None:
    command = SkuCommand(code="GIFT", name="Gift", price_minor=0, currency="USD")
    gift = show("sku", manage_catalog.add_sku(merchant.shop.business_id, merchant.shop.product_id, command))
    body = {"line_items": [{"sku_id": gift, "quantity": 1}], "buyer": {"reference": "b"}}

    orders = [merchant.post("/v1/orders", body, once="free-order-1") for _ in range(2)]
    browser = browser_of(merchant.post("/v1/checkout/sessions", body).json["client_secret"])
    shown, confirmed = browser.call("GET").json, confirm(browser).json

    assert [(each.status_code, each.json["status"], each.json["payment"]) for each in orders] == [
        (201, "paid", None)
    ] * 2
    assert orders[0].json["id"] == orders[1].json["id"]
    assert (shown["total_minor"], shown["payment_methods"], shown["payment_method_id"]) == (0, [], None)
    assert (confirmed["status"], confirmed["action"]) == ("succeeded", None)


def test_parts_of_an_order_are_shown_and_refunded(merchant, sold) -> None:
    shop = merchant.shop
    seller_id = merchant.post("/v1/sellers", {"name": "Foundry"}, once=None).json["id"]
    product = merchant.post("/v1/products", {"name": "Type", "seller": "Foundry"}, once=None).json
    sku = {"code": "TYPE", "name": "One", "price_minor": 700, "currency": "USD"}
    made = merchant.post(f"/v1/products/{product['id']}/skus", sku, once=None).json
    merchant.post(f"/v1/products/{product['id']}/publish", once=None)
    choose_split(shop.business_id, "seller")
    items = [{"sku_id": sku_id, "quantity": 1} for sku_id in (sold["month"], made["id"], sold["font"])]
    order = merchant.post("/v1/orders", {"line_items": items, "buyer": {"reference": "b"}}).json
    attempt_id = parse("att", order["payment"]["attempt_id"])
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    parts = {part["value"]: part for part in order["parts"]}
    refund = {"order_id": order["id"], "part_id": parts[seller_id]["id"], "reason": "asked"}
    refunded = merchant.post("/v1/refunds", refund).json
    shop.work_off()
    after = {part["value"]: part for part in merchant.get(f"/v1/orders/{order['id']}").json["parts"]}

    assert (product["seller"], parts[seller_id]["split_by"]) == ("Foundry", "seller")
    assert {value: (part["amount_minor"], part["status"]) for value, part in parts.items()} == {
        "other": (3500, "waiting"),
        seller_id: (700, "waiting"),
    }
    assert [line["part_id"] == parts[seller_id]["id"] for line in order["lines"]] == [False, True, False]
    assert (refunded["amount_minor"], after[seller_id]["status"], after["other"]["status"]) == (
        700,
        "refunded",
        "delivered",
    )
    shop.audit()


def test_the_buyer_is_part_of_the_order(merchant) -> None:
    buyer = {"reference": "b", "email": "ada@shop.example", "phone": "+4915112345678"}
    session = merchant.new_session(buyer=buyer)
    items = [{"sku_id": show("sku", merchant.shop.sku_id), "quantity": 1}]

    placed = merchant.post("/v1/orders", {"line_items": items, "buyer": buyer}).json

    assert session["buyer"] == placed["buyer"] == buyer
    assert merchant.get(f"/v1/orders/{placed['id']}").json["buyer"] == buyer
