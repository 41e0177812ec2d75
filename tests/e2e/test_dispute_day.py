"""A dispute, answered with the mouse: from the list to the evidence, and another one accepted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core.ids import show
from tests.e2e import pictures
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS")


@pytest.mark.parametrize("width", [1280, 360])
def test_finance_answers_one_dispute_and_accepts_another(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    disputes = Disputes(shop)
    about = {"fee": 1500, "due_at": "2027-01-15T12:00:00+00:00"}
    order_id, attempt_id = paid_attempt(shop)
    answered = disputes.open(attempt_id, reason="product_not_received", **about)
    accepted = disputes.open(paid_attempt(shop)[1], reason="fraudulent", **about)
    finance = enter(shop, "finance", width)

    finance.goto(f"{portal}/portal/disputes")
    expect(finance.get_by_text("Product not received")).to_be_visible()
    _picture(finance, f"disputes-{width}")
    finance.locator("tr", has_text="Product not received").get_by_role("link").click()
    expect(finance.get_by_text("Without an answer, the buyer wins")).to_be_visible()
    _picture(finance, f"dispute-open-{width}")
    pictures.keep(finance, f"dispute-{width}")
    finance.get_by_label("Your explanation").fill("The membership was used on 12 and 13 May.")
    finance.get_by_role("button", name="Submit evidence").click()
    expect(finance.get_by_text("Evidence submitted.")).to_be_visible()
    _picture(finance, f"dispute-answered-{width}")
    assert disputes.one(answered).status == "under_review"

    finance.goto(f"{portal}/portal/orders/{show('ord', order_id)}")
    expect(finance.locator("#main").get_by_text("Under review")).to_be_visible()
    _picture(finance, f"dispute-order-{width}")

    finance.goto(f"{portal}/portal/disputes?status=needs_response")
    finance.locator("tr", has_text="Fraudulent").get_by_role("link").click()
    finance.get_by_role("button", name="Accept dispute").click()
    expect(finance.get_by_text("Dispute accepted.")).to_be_visible()
    _picture(finance, f"dispute-accepted-{width}")
    assert disputes.one(accepted).status == "accepted"
    shop.work_off()


def _picture(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if not SHOTS:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
