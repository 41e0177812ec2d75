"""The command palette: any page, action or number by some letters, and favourites, by mouse and by keyboard."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core.ids import show
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(120)
SHOTS = os.environ.get("SHOTS")


def test_pages_and_actions_are_reached_by_letters(shop: Shop, portal: str, enter: Callable[..., Page]) -> None:
    page = enter(shop, "owner", 1280)
    page.goto(f"{portal}/portal")
    field = page.get_by_label("Page, action or ID")

    page.get_by_role("button", name="Go to").click()
    expect(field).to_be_focused()
    _look(page, "empty")
    field.fill("coup")
    _look(page, "typed")
    page.locator("#palette").get_by_role("link", name="New coupon").click()
    expect(page).to_have_url(re.compile("/portal/coupons/new$"))

    page.keyboard.press("Control+k")
    page.keyboard.type("web")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/portal/webhooks"))

    page.keyboard.press("Control+k")
    page.keyboard.type("settlement ho")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/portal/settlement-holds"))
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_number_or_an_id_leads_to_what_it_names(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    order_id = shop.place()
    page = enter(shop, "owner", width)
    page.goto(f"{portal}/portal")

    page.keyboard.press("Control+k")
    page.keyboard.type(shop.order(order_id).number)
    _look(page, f"number-{width}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/portal/orders/{show('ord', order_id)}"))

    page.keyboard.press("Control+k")
    page.keyboard.type(show("ord", order_id))
    page.get_by_role("link", name=f"Trace {show('ord', order_id)}").click()
    expect(page).to_have_url(re.compile("/portal/trace"))


def test_a_starred_page_stays_at_the_top(shop: Shop, portal: str, enter: Callable[..., Page]) -> None:
    page = enter(shop, "owner", 1280)
    page.goto(f"{portal}/portal")
    first = page.locator(".nav a").first

    page.get_by_role("button", name="Go to").click()
    page.keyboard.type("points")
    page.get_by_role("button", name="Keep Points at the top of the navigation").click()
    page.keyboard.press("Escape")

    expect(first).to_have_text("Points")
    first.click()
    expect(first).to_have_attribute("aria-current", "page")
    page.keyboard.press("Control+k")
    page.keyboard.type("points")
    page.get_by_role("button", name="Keep Points at the top of the navigation").click()
    page.keyboard.press("Escape")
    expect(first).to_have_text("Home")


def _look(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"palette-{name}.png"))
