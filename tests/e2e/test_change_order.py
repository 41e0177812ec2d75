"""After a decline a buyer takes another term: in the page, in a frame and on the hosted page, by the mouse."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from ops.testing.stack import Stack
from tests.e2e.readme_merchant import Merchant, press
from tests.e2e.test_panel_hosted import hosted_link

pytestmark = pytest.mark.timeout(240)
PAY = re.compile(r"^(Pay|Try again)\b")
COMPANY = re.compile(r"/pay/\w+")
WIDTHS = [1280, 360]


def decline(page: Page) -> None:
    page.wait_for_url(COMPANY)
    press(page, page.get_by_role("button", name="Decline payment"))


def approve(page: Page) -> None:
    page.wait_for_url(COMPANY)
    press(page, page.locator("button[value=approve]"))


def agree(page: Page, where: Page | FrameLocator) -> None:
    """Tick the terms, unless they are ticked."""
    box = where.get_by_role("checkbox")
    if not box.is_checked():
        press(page, box)


def take_three_months(page: Page, where: Page | FrameLocator) -> None:
    """Change the order, and order the other term."""
    expect(where.get_by_role("alert")).to_contain_text("The payment failed")
    expect(where.get_by_role("radio", name="3 months")).to_have_count(0)
    press(page, where.get_by_role("button", name="Change your order"))
    press(page, where.locator("label", has_text="3 months"))
    expect(where.get_by_role("button", name=PAY)).to_have_text("Pay $24.00")
    agree(page, where)


def expect_three_months(where: Page | FrameLocator) -> None:
    expect(where.get_by_role("heading", name="Payment successful")).to_be_visible()
    # Drawn once more when it was delivered: what is pressed then stays.
    expect(where.get_by_text("Your purchase is ready.")).to_be_visible()
    expect(where.locator(".bursar-receipt")).to_contain_text("3 months")
    expect(where.locator(".bursar-receipt")).to_contain_text("$24.00")


def orders_of(stack: Stack, session: str) -> list[tuple[str, str | None, int]]:
    """What became of the orders of a session, the newest first."""
    headers = {"Authorization": f"Bearer {stack.demo['secret_key']}"}
    found = httpx.get(f"{stack.url}/v1/orders?limit=100", headers=headers, timeout=30).json()["data"]
    return [
        (each["status"], each["close_reason"], each["total_minor"])
        for each in found
        if each["checkout_session_id"] == session
    ]


def session_of(page: Page) -> str:
    found: str = page.evaluate("history.state.bursar.session")
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_in_the_merchants_page(page: Page, stack: Stack, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    merchant = Merchant(stack)
    with merchant.serve() as port:
        page.goto(f"http://localhost:{port}/shop")
        expect(page.get_by_role("button", name=PAY)).to_be_visible()
        expect(page.get_by_role("button", name="Change your order")).to_have_count(0)
        agree(page, page)
        press(page, page.get_by_role("button", name=PAY))
        decline(page)
        expect(page.get_by_role("button", name="Change your order")).to_be_visible()
        session = session_of(page)
        take_three_months(page, page)
        press(page, page.get_by_role("button", name="One more"))
        expect(page.get_by_role("button", name=PAY)).to_have_text("Pay $48.00")
        press(page, page.get_by_role("button", name="One fewer"))
        expect(page.get_by_role("button", name=PAY)).to_have_text("Pay $24.00")
        press(page, page.get_by_role("button", name=PAY))
        approve(page)

        expect_three_months(page)
        with page.expect_download() as got:
            press(page, page.get_by_role("link", name="Receipt (PDF)"))

        assert got.value.suggested_filename.startswith("receipt-ord_")
        assert merchant.opened == 1
        paid, closed = orders_of(stack, session)
        assert (paid[2], closed) == (2400, ("closed", "changed_by_buyer", 900))


def test_the_keyboard_goes_on_at_the_choice(page: Page, stack: Stack) -> None:
    with Merchant(stack).serve() as port:
        page.goto(f"http://localhost:{port}/shop")
        agree(page, page)
        press(page, page.get_by_role("button", name=PAY))
        decline(page)
        change = page.get_by_role("button", name="Change your order")
        expect(change).to_be_visible()

        change.focus()
        page.keyboard.press("Enter")

        expect(page.get_by_role("radio", name="1 month", exact=False)).to_be_focused()


def test_two_windows_change_and_pay_without_harm(page: Page, stack: Stack) -> None:
    merchant = Merchant(stack)
    with merchant.serve() as port:
        page.goto(f"http://localhost:{port}/shop")
        agree(page, page)
        press(page, page.get_by_role("button", name=PAY))
        decline(page)
        expect(page.get_by_role("button", name="Change your order")).to_be_visible()
        session = session_of(page)
        stored = page.evaluate("sessionStorage.getItem('bursar_secret')").split(" ")[1]
        other = httpx.Client(base_url=f"{stack.url}/sdk/v1", headers={"Authorization": f"Bearer {stored}"}, timeout=30)
        order_id = other.get("/session").json()["order_id"]

        # Another window changes the order, and goes to pay it.
        assert other.post("/session/change-order", json={"order_id": order_id}).status_code == 200
        body = {"payment_method_id": "simulator", "agreements": other.get("/session").json()["agreements"]}
        body["agreements"] = [{"id": each["id"], "hash": each["hash"]} for each in body["agreements"]]
        answer = other.post("/session/confirm", json=body, headers={"Idempotency-Key": f"other-{session}"})
        assert answer.json()["status"] == "requires_action"
        press(page, page.get_by_role("button", name="Change your order"))

        # This one learns of it, and closes nothing.
        expect(page.get_by_role("heading", name="Continue to pay")).to_be_visible()
        assert [each[0] for each in orders_of(stack, session)] == ["paying", "closed"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("with_scripts", [True, False])
def test_on_the_hosted_page(browser: Any, stack: Stack, with_scripts: bool, width: int) -> None:
    context = browser.new_context(
        locale="en-US", java_script_enabled=with_scripts, viewport={"width": width, "height": 800}
    )
    page: Page = context.new_page()
    page.goto(hosted_link(stack))
    agree(page, page)
    press(page, page.get_by_role("button", name=PAY))
    decline(page)
    expect(page.get_by_role("radio", name="3 months")).to_have_count(0)
    press(page, page.get_by_role("button", name="Change your order"))
    press(page, page.locator("label", has_text="3 months"))
    if not with_scripts:
        press(page, page.get_by_role("button", name="Update"))
    expect(page.get_by_role("button", name=PAY)).to_have_text("Pay $24.00")
    agree(page, page)
    press(page, page.get_by_role("button", name=PAY))
    approve(page)

    expect_three_months(page)
    with page.expect_download() as got:
        press(page, page.get_by_role("link", name="Receipt (PDF)"))
    assert got.value.suggested_filename.startswith("receipt-ord_")
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_in_a_frame_and_the_finished_session_is_there_again(page: Page, stack: Stack, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    merchant = Merchant(stack)
    merchant.html = FRAMED.replace("URL", stack.url)
    with merchant.serve() as port:
        page.goto(f"http://localhost:{port}/shop?product=moon")
        panel = page.frame_locator("#framed iframe")
        agree(page, panel)
        press(page, panel.get_by_role("button", name=PAY))
        decline(page)
        take_three_months(page, panel)
        press(page, panel.get_by_role("button", name=PAY))
        approve(page)

        # Back on the merchant's page, in a frame of its own; and once more after a reload.
        expect_three_months(panel)
        page.reload()
        expect_three_months(panel)
        assert page.url == f"http://localhost:{port}/shop?product=moon"
        assert merchant.opened == 1
        assert "_secret_" not in page.evaluate("[JSON.stringify(localStorage), document.cookie, location.href].join()")

        # Whoever comes anew buys anew.
        page.goto(f"http://localhost:{port}/shop?product=sun")
        expect(panel.get_by_role("button", name=PAY)).to_have_text("Pay $9.00")
        assert merchant.opened == 2


FRAMED = """<div id="framed"></div><script src="URL/static/sdk/v1/frame.js"></script><script>
BursarFrame({ fetchClientSecret: async () => {
  const answer = await fetch('/checkout', { method: 'POST' });
  return (await answer.json()).client_secret;
} }).mount('#framed');
</script>"""
