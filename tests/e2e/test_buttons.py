"""A page with a button and a link, and not a line of code: both sell, on the real thing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
PAY = re.compile("^Pay ")
STORED = "[sessionStorage.length, localStorage.length, document.cookie, location.search]"


def pay(page: Page, stack: Stack) -> str:
    """Pay with the pretend company; the address that leads back."""
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=PAY).click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    with page.expect_request(f"{stack.shop_url}/buttons?bursar_session=*") as back:
        page.locator("button[value=approve]").click()
    return str(back.value.url)


def order_of(stack: Stack, address: str) -> tuple[int, str]:
    """What the order comes to that was made by the checkout which is named in the address, and how it stands."""
    headers = {"Authorization": f"Bearer {stack.demo['secret_key']}"}
    with httpx.Client(base_url=f"{stack.url}/v1", headers=headers, timeout=30) as api:
        session = api.get(f"/checkout/sessions/{address.partition('bursar_session=')[2]}").json()
        order = api.get(f"/orders/{session['order_id']}").json()
    return order["total_minor"], order["status"]


def test_a_button_and_a_link_sell_without_code(
    page: Page, stack: Stack, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    page.goto(f"{stack.shop_url}/buttons")
    button = page.get_by_role("button", name="Become a member")
    dialog = page.get_by_role("dialog", name="Pay Moonlight Press")
    button.click()
    expect(dialog.get_by_role("button", name=PAY)).to_have_text("Pay $9.00")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(dialog.get_by_role("button", name=PAY)).to_be_visible()

    address = pay(page, stack)
    # On a new entry of the tab's history, the same checkout goes on by itself, and leaves nothing.
    expect(dialog.get_by_role("heading", name="Payment successful")).to_be_visible()
    expect(dialog.get_by_text("Your purchase is ready.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(button).to_be_focused()
    assert page.evaluate(STORED) == [0, 0, "", ""]
    assert order_of(stack, address) == (900, "fulfilled")

    page.get_by_role("link", name="Or buy by a plain link").click()
    expect(page.get_by_role("button", name=PAY)).to_have_text("Pay $9.00")
    address = pay(page, stack)
    wait_until(lambda: order_of(stack, address) == (900, "fulfilled"))
    page.goto(address)
    expect(page.get_by_role("status")).to_have_text("Thank you. Your payment has arrived.")
    expect(dialog).to_have_count(0)

    assert json.loads(stack.flask("seed-demo"))["configuration"] == stack.demo["configuration"], "made once"
    audit = json.loads(stack.flask("audit", "--json"))
    assert audit["ok"], [check for check in audit["checks"] if check["violations"]]
