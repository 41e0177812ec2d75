"""Several things in one panel, on the demo shop's page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
PAY = re.compile(r"^(Pay|Try again)\b")


def test_a_cart_is_changed_and_bought_in_the_merchants_page(
    page: Page, stack: Stack, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    page.goto(f"{stack.shop_url}/cart")
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()
    pay = page.get_by_role("button", name=PAY)
    expect(pay).to_have_text("Pay $52.00")  # 9 + 2 × 18 + 12, less 5 for archive and evening together
    expect(page.locator("bursar-summary")).to_contain_text("Evenings and archive")

    archive = page.get_by_role("listitem").filter(has_text="The archive, collected")
    archive.get_by_role("button", name="One fewer").click()
    expect(pay).to_have_text("Pay $34.00")
    page.get_by_role("button", name="Remove Readers' evening, One seat").click()
    expect(pay).to_have_text("Pay $27.00")  # below 30 without the evening
    expect(page.get_by_role("heading", name="Your order")).to_be_focused()
    page.get_by_role("button", name="Add a coupon").click()
    page.get_by_role("button", name="Apply READER10").click()
    expect(pay).to_have_text("Pay $24.30")

    page.get_by_role("checkbox").check()
    pay.click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    page.locator("button[value=approve]").click()
    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()
    page.get_by_role("link", name="My membership").click()
    expect(page.locator("[data-entitlement]")).to_have_count(2)

    # The shop gets a webhook, and verifies its signature.
    def told() -> bool:
        page.goto(f"{stack.shop_url}/events")
        return page.get_by_text("order.paid").count() > 0

    wait_until(told)
