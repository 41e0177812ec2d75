"""A shop ships an order in two parcels: the buyer says where to, one parcel arrives, the other comes back."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from ops.testing.stack import Stack
from tests.e2e import both_looks, pictures
from tests.e2e.test_finance_day import _call, _sign_in

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS", "")
LIMIT_MS = 30_000
ADDRESS = {
    "Recipient’s full name": "Ada Lovelace",
    "Street and number": "12 Analytical Way",
    "Postal code": "10115",
    "City": "Berlin",
}


def test_a_parcel_in_two_parts_one_returned(browser: Browser, stack: Stack) -> None:
    sku_id = _shipped_sku(stack)
    context = both_looks.new_context(browser)
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()

    order = _buy(page, stack, sku_id)
    _sign_in(page, stack)
    both_looks.open_wide(page, f"{stack.url}/portal/orders/{order}")
    expect(page.get_by_text("12 Analytical Way")).to_be_visible()
    _look(page, "ship-order")
    _pack(page, quantity="2")
    _look(page, "ship-parcel")
    pictures.keep(page, "ship-parcel-1280")
    page.get_by_label("Tracking number").fill("00340434161094022115")
    page.get_by_role("button", name="Mark as shipped").click()
    page.get_by_role("button", name="Mark as delivered").click()
    expect(page.get_by_text("Marked as delivered.")).to_be_visible()

    page.goto(f"{stack.url}/portal/orders/{order}")
    _pack(page, quantity="1")
    page.get_by_role("button", name="Mark as shipped").click()
    page.get_by_role("button", name="Mark as delivered").click()
    page.get_by_role("button", name="Came back").click()
    expect(page.get_by_text("Returned").first).to_be_visible()
    page.get_by_role("link", name="Refund what came back").click()

    expect(page.get_by_role("heading", name="Refund")).to_be_visible()
    assert _call(stack, "GET", f"/v1/orders/{order}")["status"] == "fulfilled"
    statuses = [each["status"] for each in _call(stack, "GET", f"/v1/parcels?order_id={order}")["data"]]
    assert statuses == ["returned", "delivered"]
    both_looks.open_wide(page, f"{stack.url}/portal/parcels")
    expect(page.get_by_text("Ada Lovelace").or_(page.get_by_text("Berlin, DE")).first).to_be_visible()
    _look(page, "ship-parcels")
    both_looks.open_wide(page, f"{stack.url}/portal/warehouses")
    _look(page, "ship-warehouses")
    context.close()


def _buy(page: Page, stack: Stack, sku_id: str) -> str:
    """By the hosted page; the order's id."""
    body = {"line_items": [{"sku_id": sku_id, "quantity": 3}], "buyer": {"reference": f"ship-{uuid4()}"}}
    session = _call(stack, "POST", "/v1/checkout/sessions", body)
    both_looks.open_wide(page, session["url"])
    pay = page.get_by_role("button", name=re.compile("^(Pay|Try again)"))
    for box in page.get_by_role("checkbox").all():
        box.check()
    pay.click()
    expect(page.get_by_role("alert").filter(has_text="Enter the address to ship to.").first).to_be_visible()
    for label, text in ADDRESS.items():
        page.get_by_label(label).fill(text)
        page.get_by_label(label).blur()
    page.get_by_label("Country").select_option("Germany")
    _look(page, "ship-checkout")
    pictures.keep(page, "ship-checkout-1280")
    pay.click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    page.locator("button[value=approve]").click()
    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    order = str(_call(stack, "GET", f"/v1/checkout/sessions/{session['id']}")["order_id"])
    known = _call(stack, "GET", f"/v1/orders/{order}")["shipping_address"]
    assert (known["name"], known["country"]) == ("Ada Lovelace", "DE")
    return order


def _pack(page: Page, *, quantity: str) -> None:
    page.get_by_role("link", name="Pack a parcel").click()
    page.get_by_label("Field mug").fill(quantity)
    page.get_by_label("Carrier").fill("DHL")
    page.get_by_role("button", name="Pack parcel").click()
    expect(page.get_by_text("Parcel packed.")).to_be_visible()


def _shipped_sku(stack: Stack) -> str:
    product = _call(
        stack, "POST", "/v1/products", {"name": "Field mug", "delivery_kind": "shipping", "max_per_order": 10}
    )
    sku: Any = _call(
        stack,
        "POST",
        f"/v1/products/{product['id']}/skus",
        {"code": f"MUG-{uuid4().hex[:8]}", "name": "Enamel", "price_minor": 1800, "currency": "USD"},
    )
    _call(stack, "POST", f"/v1/products/{product['id']}/publish")
    return str(sku["id"])


def _look(page: Page, name: str) -> None:
    """Both looks of the page that is open, the wide one last; SHOTS names a folder for pictures."""
    assert list(both_looks.wrong(page)) == []
    for width, scheme in (both_looks.NARROW, both_looks.WIDE):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        if SHOTS:
            page.screenshot(path=Path(SHOTS, f"{name}-{width}.png"), full_page=True)
