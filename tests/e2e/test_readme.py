"""The README's own words, on a page of another origin, by the mouse alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack
from tests.e2e.readme_merchant import Merchant, press

pytestmark = pytest.mark.timeout(240)
PAY = re.compile(r"^Pay \$")


@pytest.fixture
def merchant(stack: Stack) -> Merchant:
    return Merchant(stack)


@pytest.fixture
def shop_url(merchant: Merchant) -> Iterator[str]:
    """The merchant's page, on another site than Bursar's."""
    with merchant.serve() as port:
        yield f"http://localhost:{port}/shop"


@pytest.mark.parametrize("width", [1280, 360])
def test_the_words_of_the_readme_sell(page: Page, merchant: Merchant, shop_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{shop_url}?product=moon#buy")

    _pay(page)
    press(page, page.locator("button[value=approve]"))

    _expect_success(page)
    assert page.url == f"{shop_url}?product=moon#buy"
    page.reload()
    _expect_success(page)
    assert merchant.opened == 1
    stored = page.evaluate("[JSON.stringify(localStorage), document.cookie, location.href].join()")
    assert "_secret_" not in stored
    # Whoever comes anew buys anew.
    page.goto(f"{shop_url}?product=sun")
    expect(page.get_by_role("button", name=PAY)).to_be_visible()
    assert merchant.opened == 2


def test_a_decline_and_a_step_back_go_on_with_the_same_session(page: Page, merchant: Merchant, shop_url: str) -> None:
    page.goto(shop_url)

    _pay(page)
    press(page, page.get_by_role("button", name="Decline payment"))
    expect(page.get_by_role("alert")).to_contain_text("balance is too low")
    press(page, page.get_by_role("button", name=re.compile("^Try again")))
    page.wait_for_url(re.compile(r"/pay/\w+"))
    page.go_back()
    press(page, page.get_by_role("button", name="Continue to payment"))
    page.wait_for_url(re.compile(r"/pay/\w+"))
    press(page, page.locator("button[value=approve]"))

    _expect_success(page)
    assert merchant.opened == 1


def _pay(page: Page) -> None:
    pay = page.get_by_role("button", name=PAY)
    expect(pay).to_be_visible()
    press(page, page.get_by_role("checkbox"))
    press(page, pay)
    page.wait_for_url(re.compile(r"/pay/\w+"))


def _expect_success(page: Page) -> None:
    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    expect(page.get_by_role("button", name=PAY)).to_have_count(0)
