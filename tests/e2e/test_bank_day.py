"""A day of finance with the bank: a settlement with its fees, a correction, its reversal, and the balances after it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from app.core.clock import now
from tests.e2e import both_looks, pictures
from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_what_the_company_paid_and_what_is_corrected_shows_in_the_balances(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    shop.paid_order()
    maker, checker = enter(shop, "finance", width), enter(shop, "owner", width)

    # The account that the company pays to.
    maker.goto(f"{portal}/portal/bank-accounts/new")
    for label, text in (("Name", "Main account"), ("Account holder", "Shop Ltd"), ("Bank", "First Bank")):
        maker.get_by_label(label, exact=True).fill(text)
    maker.get_by_label("Currency").fill("USD")
    maker.get_by_label("IBAN or account number").fill("DE02 1203 0000 0000 2020 51")
    maker.get_by_role("button", name="Add bank account").click()
    expect(maker.get_by_role("heading", level=1)).to_contain_text("Main account")

    # What it paid, with its fees; the sum is checked, and a second person looks.
    maker.goto(f"{portal}/portal/settlements")
    maker.get_by_role("link", name="Record settlement").click()
    for label, text in (("Payments", "10"), ("Fees", "0.30"), ("Amount in the bank", "9.80"), ("Document", "ST-1")):
        maker.locator("#main").get_by_label(label).fill(text)
    maker.get_by_label("Settled on").fill(now().date().isoformat())
    maker.get_by_role("button", name="Record settlement").click()
    expect(maker.get_by_text("do not make the net amount").first).to_be_visible()
    maker.get_by_label("Amount in the bank").fill("9.70")
    maker.evaluate("window.scrollTo(0, 0)")
    pictures.keep(maker, f"settlement-{width}")
    maker.get_by_role("button", name="Record settlement").click()
    expect(maker.get_by_text("You recorded this, so another person must confirm it.")).to_be_visible()
    checker.goto(maker.url)
    checker.get_by_role("button", name="Confirm").click()
    expect(checker.get_by_text("Confirmed. The settlement is in the ledger.")).to_be_visible()

    # Money on the statement that nobody can explain, and then it was a mistake.
    maker.goto(f"{portal}/portal/adjustments/new")
    maker.locator("#account_1").select_option(label="In the bank, Main account")
    maker.locator("#debit_1").fill("5")
    maker.locator("#account_2").select_option(label="Not yet explained")
    maker.locator("#credit_2").fill("5")
    maker.get_by_label("Reason").fill("On the statement, with no reference")
    maker.evaluate("window.scrollTo(0, 0)")
    pictures.keep(maker, f"adjustment-{width}")
    maker.get_by_role("button", name="Request adjustment").click()
    document = {"name": "statement.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    maker.locator("input[type=file]").set_input_files(document)
    maker.get_by_role("button", name="Attach document").click()
    expect(maker.get_by_text("statement.pdf")).to_be_visible()
    checker.goto(maker.url)
    checker.get_by_role("button", name="Approve").click()
    expect(checker.get_by_text("Approved. The adjustment is in the ledger.")).to_be_visible()
    checker.get_by_label("Reason").fill("It was the bank’s own mistake")
    checker.get_by_role("button", name="Request reversal").click()
    maker.goto(checker.url)
    maker.get_by_role("button", name="Approve").click()
    expect(maker.get_by_text("Approved. The adjustment is in the ledger.")).to_be_visible()

    maker.goto(f"{portal}/portal/reports/balances")
    table = maker.locator("#main")
    for text in ("Main account", "$9.70", "$0.30"):
        expect(table.get_by_text(text).first).to_be_visible()
    pictures.keep(maker, f"bank-balances-{width}")


def test_its_pages_look_right_wide_and_narrow_by_day_and_night(
    shop: Shop, portal: str, enter: Callable[..., Page], browser: Browser
) -> None:
    accountant = accountant_of(shop)
    accountant.settled(gross_minor=500, fee_minor=10, net_minor=490)
    accountant.record()
    accountant.approve(accountant.request())
    accountant.request()
    signed = enter(shop, "owner", 1280)
    context = both_looks.new_context(browser)
    context.add_cookies(signed.context.cookies())
    page = context.new_page()
    links = [f"{portal}/portal/{each}" for each in ("bank-accounts", "settlements", "adjustments")]
    for start in list(links):
        signed.goto(start)
        links += [f"{start}/new", f"{portal}{signed.locator('a.row-link').first.get_attribute('href')}"]

    wrong = {}
    for address in links:
        assert both_looks.open_wide(page, address) == 200
        wrong |= {f"{address}: {each}": 1 for each in both_looks.wrong(page)}

    assert wrong == {}
    context.close()
