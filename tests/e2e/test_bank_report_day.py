"""A day with the bank's own file: what it says of each payment is reviewed by mouse, and recorded."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.core.ids import show
from tests.e2e import both_looks
from tests.factories.bank_reports import camt054
from tests.factories.payment_orders import bank_of
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS")


@pytest.mark.parametrize("width", [1280, 360])
def test_what_the_bank_says_is_reviewed_and_recorded_by_mouse(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    bank = bank_of(shop)
    moved = [bank.withdraw(300), bank.withdraw(450)]
    paid, _ = bank.lines(bank.sent())
    report = camt054((paid.reference, "DBIT", "3.00", ""), ("NOT-OURS", "DBIT", "7.00", ""))
    page = enter(shop, "finance", width)

    page.goto(f"{portal}/portal/payment-orders")
    page.get_by_role("link", name="Bank’s report").first.click()
    page.get_by_role("button", name="Read file").click()
    expect(page.get_by_role("heading", level=1, name="Bank’s report")).to_be_visible()
    document = {"name": "camt054.xml", "mimeType": "application/xml", "buffer": report}
    page.locator("input[type=file]").set_input_files(document)
    page.get_by_role("button", name="Read file").click()

    expect(page.get_by_role("heading", level=1, name="Review the bank’s report")).to_be_visible()
    ours, other = page.locator("tbody tr").all()
    for text in (paid.reference, "Executed", "€3.00", "Will be recorded"):
        expect(ours.get_by_text(text).first).to_be_visible()
    for text in ("NOT-OURS", "7.00 EUR", "No payment has this reference"):
        expect(other.get_by_text(text).first).to_be_visible()
    expect(page.get_by_text("1 payment will be recorded.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    _picture(page, f"bank-report-{width}")
    assert [bank.status(each) for each in moved] == ["open", "open"]
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("Recorded.")).to_be_visible()

    assert [bank.status(each) for each in moved] == ["succeeded", "open"]
    page.goto(f"{portal}/portal/payment-orders/{show('por', paid.payment_order_id)}")
    for text in ("€3.00 (1)", "€4.50 (1)", "Executed", "Waiting"):
        expect(page.get_by_text(text).first).to_be_visible()
    _picture(page, f"bank-report-recorded-{width}")


def test_its_pages_look_right_wide_and_narrow_by_day_and_night(
    shop: Shop, portal: str, enter: Callable[..., Page], browser: Browser
) -> None:
    bank = bank_of(shop)
    bank.withdraw(300)
    [line] = bank.lines(bank.sent())
    context = both_looks.new_context(browser)
    context.add_cookies(enter(shop, "owner", 1280).context.cookies())
    page = context.new_page()

    assert both_looks.open_wide(page, f"{portal}/portal/payment-orders/bank-report") == 200
    wrong = list(both_looks.wrong(page))
    report = camt054((line.reference, "DBIT", "3.00", ""), ("NOT-OURS", "CRDT", "3.00", "AC04"))
    page.locator("input[type=file]").set_input_files(
        {"name": "camt054.xml", "mimeType": "application/xml", "buffer": report}
    )
    page.get_by_role("button", name="Read file").click()
    expect(page.get_by_role("heading", level=1, name="Review the bank’s report")).to_be_visible()
    wrong += both_looks.wrong(page)
    _picture(page, "bank-report-360-dark")

    assert wrong == []
    context.close()


def _picture(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS, f"{name}.png"), full_page=True)
