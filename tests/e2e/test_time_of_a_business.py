"""Time that a test clock moves: in the portal by mouse, and on a buyer's page that counts down by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.domain.orders.types import Buyer, OrderItem
from app.read.operations import test_clocks
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.operations import advance_test_clock
from tests.e2e import pictures
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
DAY = 86_400


@pytest.mark.parametrize("width", [1280, 360])
def test_a_month_passes_by_mouse(shop: Shop, portal: str, enter: Callable[..., Page], width: int) -> None:
    order_id = shop.place()
    page = enter(shop, "owner", width)
    page.goto(f"{portal}/portal/settings")
    pictures.keep(page, f"settings-{width}", full_page=True)
    page.get_by_role("link", name="Test clock").first.click()
    expect(page.get_by_role("heading", level=1, name="Test clock")).to_be_visible()

    page.get_by_role("button", name="Create test clock").click()
    expect(page.get_by_text("It shows real time until you advance it.")).to_be_visible()
    page.get_by_label("Advance by").select_option("30 days")
    page.get_by_role("button", name="Advance", exact=True).click()
    expect(page.get_by_text("Advancing to")).to_be_visible()
    while advance_test_clock.carry_on(shop.business_id):
        pass

    # The page asks again by itself, and every other page says what time it is.
    expect(page.get_by_role("button", name="Advance", exact=True)).to_be_visible()
    pictures.keep(page, f"test-clock-{width}")
    found = test_clocks.find(shop.business_id)
    assert found is not None
    assert (found.now - clock.actual()).days in (29, 30)
    page.goto(f"{portal}/portal/orders")
    expect(page.get_by_text("Test clock: it is")).to_be_visible()
    assert shop.order(order_id).status == "closed"
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.goto(f"{portal}/portal/settings/test-clock")
    page.get_by_label("Or to").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Advance", exact=True).click()
    expect(page.get_by_text("never goes back").first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_hosted_page_counts_down_by_the_time_of_its_business(
    shop: Shop, portal: str, browser: Browser, width: int
) -> None:
    shop.advance(30 * DAY)
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b"))
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{portal}/c/{opened.url.partition('/c/')[2]}")
    pay = page.get_by_role("button", name="Pay")
    expect(pay).to_be_visible()

    # Thirty days ahead, it still takes a day.
    page.clock.fast_forward("12:00:00")
    expect(pay).to_be_visible()
    shop.advance(DAY)
    page.clock.fast_forward("12:01:00")

    expect(pay).to_have_count(0)
    expect(page.locator("#panel")).to_have_attribute("data-status", "expired")
    context.close()
