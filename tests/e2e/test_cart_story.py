"""A product is made in the portal and sold in a cart with a coupon; one of three lines goes back."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
NAME = "Lantern club"
BUYER = "lantern-buyer"


class Api:
    """The merchant's own server."""

    def __init__(self, stack: Stack) -> None:
        headers = {"Authorization": f"Bearer {stack.demo['secret_key']}"}
        self.client = httpx.Client(base_url=f"{stack.url}/v1", headers=headers, timeout=30)
        self.calls = 0

    def __call__(self, method: str, path: str, **options: Any) -> Any:
        self.calls += 1
        answer = self.client.request(
            method, path, headers={"Idempotency-Key": f"lantern-story-{self.calls}"}, **options
        )
        assert answer.is_success, answer.text
        return answer.json()


def test_from_the_editor_to_the_refund_of_one_of_three_lines(page: Page, stack: Stack) -> None:
    api = Api(stack)
    _sign_in(page, stack)
    skus = _make_product(page, stack, api)
    _make_promotion(page, stack)
    coupon = _make_coupon(page, stack)

    order_page = _buy(page, stack, api, skus)
    _refund_the_evening(page, order_page)

    team = api("GET", f"/skus/{skus['1 year / Team']}")
    assert team["stock"] - team["reserved"] == 6
    page.goto(coupon)
    expect(page.locator(".facts").filter(has_text="Orders")).to_contain_text("$5.00")
    page.goto(f"{stack.shop_url}/owned?buyer={BUYER}")
    mine = page.locator("[data-entitlement]")
    expect(mine.filter(has_text=NAME)).to_contain_text("active")
    expect(mine.filter(has_text="Readers' evening")).to_contain_text("revoked")


def _sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/portal/login")
    page.get_by_label("Email").fill(stack.demo["email"])
    page.get_by_label("Password").fill(stack.demo["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _make_product(page: Page, stack: Stack, api: Api) -> dict[str, str]:
    """Two options, four SKUs of which one is dearer, and cheaper from two units on; the SKUs' ids by name."""
    page.goto(f"{stack.url}/portal/products/new")
    page.get_by_label("Name").fill(NAME)
    page.get_by_role("button", name="Create product").click()
    product = page.url
    page.get_by_role("link", name="Options and SKUs").click()
    for number, (name, values) in enumerate([("Term", "1 month, 1 year"), ("Seats", "One, Team")], start=1):
        page.locator(f"[name=name_{number}]").fill(name)
        page.locator(f"[name=values_{number}]").fill(values)
    page.get_by_role("button", name="Save options").click()
    for name, value in {"code": "LANTERN", "price": "10", "stock": "8"}.items():
        page.locator(f"form[action$='/fill'] [name={name}]").fill(value)
    page.get_by_role("button", name="Create SKUs").click()
    page.get_by_label("Price of 1 year / Team").fill("40")
    page.get_by_role("button", name="Save SKUs").click()
    page.get_by_role("link", name="1 year / Team").click()
    page.get_by_role("link", name="Prices").click()
    page.get_by_role("textbox", name="Unit price").fill("35")
    page.locator("[name=from_quantity]").fill("2")
    page.get_by_role("button", name="Set price").click()
    page.goto(product)
    page.get_by_role("button", name="Put on sale").click()
    expect(page.get_by_role("button", name="Take off sale")).to_be_visible()
    made = api("GET", f"/products/{product.rstrip('/').rpartition('/')[2]}")
    return {sku["name"]: sku["id"] for sku in made["skus"]}


def _make_promotion(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/portal/promotions/new/percentage")
    page.get_by_label("Name").fill("Lantern weeks")
    page.get_by_label("Percent off").fill("10")
    page.get_by_label(NAME).check()
    page.get_by_role("button", name="Create promotion").click()
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Turned on.")).to_be_visible()


def _make_coupon(page: Page, stack: Stack) -> str:
    """Its page in the portal."""
    page.goto(f"{stack.url}/portal/coupons/new/full_reduction")
    page.get_by_label("Name").fill("Five off")
    page.locator("[name=over]").fill("5")
    page.locator("[name=off]").fill("5")
    page.locator("[name=shared_code]").fill("LANTERN5")
    page.get_by_role("button", name="Create template").click()
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Turned on.")).to_be_visible()
    return page.url


def _buy(page: Page, stack: Stack, api: Api, skus: dict[str, str]) -> str:
    """Three lines, of which one is changed, and a code; the order's address in the portal."""
    sold = {sku["code"]: sku["id"] for each in api("GET", "/products")["data"] for sku in each["skus"]}
    expected = [skus["1 month / One"], sold["ARCHIVE-A"], sold["EVENING"]]
    session = api(
        "POST",
        "/checkout/sessions",
        json={
            "line_items": [{"sku_id": sku_id, "quantity": 1} for sku_id in expected],
            "buyer": {"reference": BUYER},
        },
    )
    secret = {"client_secret": session["client_secret"]}
    page.route("**/checkout/membership", lambda route: route.fulfill(json=secret))
    page.goto(stack.shop_url)
    pay = page.get_by_role("button", name=re.compile("^Pay"))
    expect(pay).to_have_text("Pay $34.00")  # 10 less a tenth, and 18 + 12 less 5
    page.get_by_role("combobox", name=f"Option for {NAME}").select_option("1 year / Team")
    expect(pay).to_have_text("Pay $61.00")
    page.get_by_role("listitem").filter(has_text=NAME).get_by_role("button", name="One more").click()
    expect(pay).to_have_text("Pay $88.00")  # 2 × 35, less a tenth
    page.get_by_role("button", name="Add a coupon").click()
    page.get_by_label("Coupon code").fill("lantern5")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(pay).to_have_text("Pay $83.00")

    page.get_by_role("checkbox").check()
    pay.click()
    page.locator("button[value=approve]").click()
    page.goto(stack.shop_url)
    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()
    order_id = api("GET", f"/checkout/sessions/{session['id']}")["order_id"]
    return f"{stack.url}/portal/orders/{order_id}"


def _refund_the_evening(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text(" · $83.00")
    for name in ("Lantern weeks", "Evenings and archive", "Five off"):
        expect(page.get_by_text(name).first).to_be_visible()
    refund = page.locator("#refund")
    refund.get_by_label("Quantity").check()
    refund.get_by_label(re.compile("Readers' evening")).fill("1")
    refund.get_by_role("button", name="Review refund").click()
    page.get_by_role("button", name="Refund $9.43").click()
    expect(page.get_by_role("row").filter(has_text="Readers' evening")).to_contain_text("$9.43 refunded")
