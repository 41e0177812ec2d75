"""The tutorial's first half by mouse: from sign-up to a refund, in an installation that knows nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ops.testing.stack import Stack
from tests.e2e.navigation import go
from tests.e2e.readme_merchant import press

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_stranger_opens_a_business_sells_and_refunds(
    browser: Browser, new_stack: Callable[..., Stack], wait_until: Callable[..., None], tmp_path: Path, width: int
) -> None:
    stack = new_stack(SIGN_UP="open", MAIL_URL=(tmp_path / "mail").as_uri(), MAIL_FROM="receipts@bursar.test")
    stack.start()
    page = browser.new_page(viewport={"width": width, "height": 900}, locale="en-US")

    # 2. Open your business
    page.goto(f"{stack.url}/portal/sign-up")
    page.get_by_label("Email").fill("lena@lantern.example")
    page.get_by_role("button", name="Continue").click()
    wait_until(lambda: _links(tmp_path), limit_s=60)
    page.goto(_links(tmp_path)[0])
    page.get_by_label("Your name").fill("Lena")
    page.get_by_label("Password").fill("a lantern by the window")
    page.get_by_label("Business name").fill("Lantern Books")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Open business").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()

    # 3. Put a membership on sale
    go(page, "Products")
    page.get_by_role("link", name="New product").first.click()
    page.get_by_label("Name", exact=True).fill("Reading circle")
    page.get_by_role("button", name="Create product").click()
    sku = page.locator("form").filter(has=page.get_by_role("button", name="Add SKU"))
    sku.get_by_label("Name").fill("Monthly")
    sku.get_by_label("Code").fill("CIRCLE-1")
    sku.get_by_label("Price").fill("12")
    sku.get_by_role("button", name="Add SKU").click()
    page.get_by_role("button", name="Put on sale").click()
    expect(page.get_by_text("On sale now.")).to_be_visible()

    # 4. Buy it
    go(page, "Buttons and links")
    page.get_by_role("link", name="New button or link").first.click()
    page.get_by_label("Name", exact=True).fill("Tutorial")
    page.locator("select").filter(has_text="Reading circle").select_option(label="Reading circle: Monthly · €12.00")
    page.get_by_role("button", name="Create", exact=True).click()
    link = page.get_by_role("textbox", name="Link").or_(page.locator("code", has_text="/b/cfg_")).first
    _buy(browser, (link.text_content() or link.input_value()).strip(), width)

    # 5. Look at it as the merchant
    go(page, "Orders")
    page.locator("[data-row]").get_by_role("link", name="€12.00").click()
    page.get_by_label("A part", exact=True).check()
    page.get_by_role("textbox", name="Amount").fill("5")
    page.get_by_role("button", name="Review refund").click()
    page.get_by_role("button", name="Refund €5.00").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Partly refunded")


def _buy(browser: Browser, link: str, width: int) -> None:
    buyer = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US").new_page()
    buyer.goto(link)
    press(buyer, buyer.get_by_role("button", name=re.compile(r"^Pay €12")))
    buyer.wait_for_url(re.compile(r"/pay/\w+"))
    press(buyer, buyer.locator("button[value=approve]"))
    expect(buyer.get_by_role("heading", name="Payment successful")).to_be_visible()
    expect(buyer.get_by_role("link", name="View your purchases")).to_be_visible()
    buyer.context.close()


def _links(folder: Path) -> list[str]:
    """Where the mails lead."""
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in (folder / "mail").glob("*.eml")]
    bodies = [body.get_content() for mail in mails if (body := mail.get_body(("plain",)))]
    return [link for body in bodies for link in re.findall(r"http://\S+/sign-up/\S+", body)]
