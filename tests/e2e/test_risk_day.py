"""A risk officer's day by mouse: a buyer whose payment is held, released in its case, paid; and another one refused."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core.ids import show
from app.domain.orders.types import Buyer, OrderItem
from app.workflow.checkout.open_checkout import open_checkout
from tests.factories.risk import REVIEW_ALL, held, make_rule_set, reviews
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS")


@pytest.mark.parametrize("width", [1280, 360])
def test_an_officer_releases_one_payment_and_refuses_others(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    make_rule_set(shop, REVIEW_ALL, to="on")
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b-1"))
    officer = enter(shop, "finance", width)
    buyer = officer.context.new_page()

    # The buyer is told that it is looked at, and no more.
    buyer.goto(f"{portal}/c/{opened.url.partition('/c/')[2]}")
    pay = buyer.get_by_role("button", name=re.compile("^(Pay|Try again)"))
    pay.click()
    expect(buyer.get_by_text("The shop is checking this payment.")).to_be_visible()
    _picture(buyer, f"review-buyer-{width}")
    refused = [held(shop, rules=False, buyer=f"b-{number}") for number in (2, 3)]

    # From the list to the case, released in one move.
    officer.goto(f"{portal}/portal/risk/reviews")
    expect(officer.get_by_text("Look first").first).to_be_visible()
    _picture(officer, f"reviews-{width}")
    officer.locator("a.row-link").last.click()
    expect(officer.get_by_role("heading", level=1)).to_contain_text("Payment waits for review")
    suggested = officer.get_by_role("region", name="Suggested actions")
    suggested.get_by_label("Reason").fill("A customer for years")
    _picture(officer, f"review-case-{width}")
    suggested.get_by_role("button", name="Release", exact=True).click()
    expect(officer.get_by_text("Released. The buyer can pay now.")).to_be_visible()
    _picture(officer, f"review-released-{width}")

    # The buyer goes on where they stopped.
    pay.click()
    buyer.wait_for_url(re.compile(r"/pay/|/c/"))
    expect(buyer.get_by_text("The shop is checking this payment.")).to_have_count(0)

    # The others together.
    officer.goto(f"{portal}/portal/risk/reviews?status=waiting")
    officer.get_by_role("link", name="Work many at once").click()
    for box in officer.get_by_role("checkbox", name="Select case_").all()[:2]:
        box.check()
    _picture(officer, f"reviews-many-{width}")
    officer.get_by_role("button", name="Run an action").click()
    officer.get_by_label("Action", exact=True).select_option(label="Refuse")
    officer.get_by_label("Reason").fill("Stolen cards")
    officer.get_by_role("button", name="Run an action").click()
    expect(officer.locator(".pill", has_text="Done")).to_have_count(2)
    assert [shop.order(each).close_reason for each in refused] == ["risk_blocked"] * 2
    assert [row.status for row in reviews(shop)] == ["released", "refused", "refused"]

    officer.goto(f"{portal}/portal/orders/{show('ord', reviews(shop)[0].order_id)}")
    _picture(officer, f"review-order-{width}")


def _picture(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if not SHOTS:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
