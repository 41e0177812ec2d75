"""Lists by the mouse alone: presses at the places where a hand would press, at every width."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("width", [1280, 768, 360])
def test_orders_are_ticked_and_closed(shop: Shop, portal: str, enter: Callable[..., Page], width: int) -> None:
    orders = [shop.place() for _ in range(3)]
    page = enter(shop, "owner", width)
    page.goto(f"{portal}/portal/orders")
    ticks = page.locator("[data-tick]")

    for number in (0, 1):
        _press(page, ticks.nth(number))
    expect(page.get_by_text("2 selected")).to_be_visible()
    _press(page, ticks.nth(0), beside=0.7)
    expect(page.get_by_text("1 selected")).to_be_visible()
    _press(page, page.get_by_label("and all other orders in this list"))
    _press(page, page.get_by_role("button", name="Close", exact=True))
    expect(page.get_by_role("heading", level=1, name="Close: 3 orders")).to_be_visible()
    _press(page, page.get_by_role("button", name="Close", exact=True))
    expect(page.get_by_text("3 of 3 orders. Done: 3.")).to_be_visible()

    assert {shop.order(order_id).status for order_id in orders} == {"closed"}


def test_all_of_a_page_are_ticked_at_once(shop: Shop, portal: str, enter: Callable[..., Page]) -> None:
    for _ in range(2):
        shop.place()
    page = enter(shop, "owner", 1280)
    page.goto(f"{portal}/portal/orders")

    _press(page, page.locator("[data-tick-all]"))

    expect(page.get_by_text("2 selected")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_rest_of_a_row_opens_the_order(shop: Shop, portal: str, enter: Callable[..., Page], width: int) -> None:
    shop.place()
    page = enter(shop, "owner", width)
    page.goto(f"{portal}/portal/orders")
    row = page.locator("[data-row]").bounding_box()
    assert row

    page.mouse.click(row["x"] + row["width"] / 2, row["y"] + row["height"] / 2)

    expect(page).to_have_url(re.compile(r"/portal/orders/ord_"))


def _press(page: Page, what: Locator, *, beside: float = 0) -> None:
    """Press at the middle of it, or so many of its widths to the left: whatever lies there is what is pressed."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * (0.5 - beside), box["y"] + box["height"] / 2)
