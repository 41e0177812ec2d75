"""A buyer names a company: at the hosted checkout and on the page of a receipt, with scripts and without."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from ops import child
from ops.testing.stack import Stack
from tests.e2e.readme_merchant import press
from tests.e2e.test_change_order import agree, approve
from tests.e2e.test_panel_hosted import hosted_link

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS", "")
WAYS = [(1280, "light", True), (360, "dark", False)]


@pytest.mark.parametrize(("width", "look", "with_scripts"), WAYS)
def test_a_company_at_checkout_and_after_it(
    browser: Any, stack: Stack, width: int, look: Any, with_scripts: bool
) -> None:
    _offer(stack)
    buyer = f"company-{uuid4()}"
    context = browser.new_context(locale="en-US", java_script_enabled=with_scripts, color_scheme=look)
    context.set_default_timeout(30_000)
    page: Page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(hosted_link(stack, buyer))
    expect(page.get_by_label("Company")).to_be_hidden()
    press(page, page.get_by_text("I need a receipt for a company"))
    _write(page)
    agree(page, page)
    _shot(page, f"checkout-{width}")
    press(page, page.get_by_role("button", name=re.compile("^Pay")))
    if page.get_by_role("link", name=re.compile("payment page")).count():
        page.get_by_role("link", name=re.compile("payment page")).click()
    approve(page)
    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    _open_receipt(page, 1)

    expect(page.get_by_text("Analytical Ltd")).to_be_visible()
    expect(page.get_by_text("I need this receipt for a company")).to_have_count(0)
    _shot(page, f"receipt-{width}")

    page.goto(hosted_link(stack, buyer))
    agree(page, page)
    press(page, page.get_by_role("button", name=re.compile("^Pay")))
    approve(page)
    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    _open_receipt(page, 2)
    press(page, page.get_by_text("I need this receipt for a company"))
    press(page, page.get_by_role("button", name="Issue receipt"))
    expect(page.get_by_role("alert")).to_contain_text("Enter the name of the company.")
    _write(page)
    _shot(page, f"name-{width}")
    press(page, page.get_by_role("button", name="Issue receipt"))

    expect(page.get_by_text("Corrects receipt")).to_be_visible()
    expect(page.get_by_text("Analytical Ltd")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") if with_scripts else True
    _shot(page, f"corrected-{width}")
    context.close()


def _offer(stack: Stack) -> None:
    answer = httpx.patch(
        f"{stack.url}/v1/business",
        json={"company_receipts": True, "legal_name": "Moon Shop Ltd", "legal_address": "1 Moon Street\nLondon"},
        headers={"Authorization": f"Bearer {stack.demo['secret_key']}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def _open_receipt(page: Page, purchases: int) -> None:
    """The receipt of the newest of so many purchases; goods are delivered a moment after they are paid."""
    address = f"{page.url.partition('?')[0]}/owned"
    links = page.get_by_role("link", name="Receipt")

    def are_there() -> bool:
        page.goto(address)
        return links.count() == purchases

    assert child.wait_until(are_there, limit_s=60, pause_s=0.5)
    links.first.click()


def _write(page: Page) -> None:
    page.get_by_label("Company").fill("Analytical Ltd")
    page.get_by_label("Tax number").fill("GB 123")
    page.get_by_label("Address", exact=True).fill("12 Analytical Way\nLondon")


def _shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS, f"{name}.png"), full_page=True)
