"""What happens to a panel besides being used: two tabs, the back button, a reload, no connection, a wrong clock, a slow
line; and what it costs a page to have one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack
from tests.e2e.stub import BURSAR, SECRET, Stub

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("stack")]
PAY = re.compile(r"^(Pay|Try again)\b")
COMPANY = re.compile(r"/pay/\w+")
SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shifted += entry.value; })
    .observe({ type: 'layout-shift', buffered: true });
"""
PLACE = '<h1>Shop</h1><div id="place"></div><p>Below the panel</p>'
SCRIPT = f"""
  import {{ Bursar }} from '{BURSAR}/static/sdk/v1/bursar.mjs';
  window.checkout = Bursar('pk_test_1').checkout({{ clientSecret: '{SECRET}' }}).mount('#place');
"""


@pytest.fixture
def stub(page: Page) -> Stub:
    return Stub(page.context)


def open_panel(page: Page, stub: Stub) -> None:
    page.goto(stub.page("/buy", PLACE, SCRIPT))
    expect(pay_button(page)).to_have_text("Pay $12.00")


def pay_button(page: Page) -> Any:
    return page.get_by_role("button", name=PAY)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_panel_costs_one_request_beyond_the_script_and_moves_nothing(page: Page, stub: Stub, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(SHIFTS)

    open_panel(page, stub)

    assert stub.calls == ["GET /static/sdk/v1/bursar.mjs", "GET /sdk/v1/session"]
    with page.expect_response(re.compile("/scenes.mjs")):
        page.get_by_role("button", name="One more").dispatch_event("pointerdown")
    page.wait_for_function("Boolean(customElements.get('bursar-wallet'))")
    # What a frame has moved is reported after the next one.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
    assert page.evaluate("shifted") == 0


def test_a_reload_and_the_way_back_show_where_the_payment_is(page: Page, stub: Stub) -> None:
    open_panel(page, stub)
    pay_button(page).click()
    page.wait_for_url(COMPANY)

    page.go_back()
    expect(page.get_by_role("heading", name="Continue to pay")).to_be_visible()
    stub.turn(status="processing", action=None)
    page.reload()
    expect(page.get_by_role("heading", name="Confirming your payment")).to_be_visible()
    stub.turn(status="succeeded")

    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    assert stub.count("POST /sdk/v1/session/confirm") == 1


def test_a_buyer_who_was_offline_goes_on_where_the_server_is(page: Page, stub: Stub) -> None:
    open_panel(page, stub)

    stub.is_cut_off = True
    page.context.set_offline(True)
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    stub.turn(total_minor=1100)
    stub.is_cut_off = False
    page.context.set_offline(False)

    expect(pay_button(page)).to_have_text("Pay $11.00")


@pytest.mark.parametrize("hours", [-9, 9])
def test_a_clock_that_is_wrong_by_hours_changes_nothing(page: Page, stub: Stub, hours: int) -> None:
    page.add_init_script(f"const now = Date.now; Date.now = () => now.call(Date) + {hours} * 3600e3;")

    open_panel(page, stub)
    count = stub.count("GET /sdk/v1/session")
    pay_button(page).click()

    page.wait_for_url(COMPANY)
    assert count == 1


def test_two_tabs_pay_once(page: Page, stack: Stack) -> None:
    confirmations: list[int] = []
    page.context.on(
        "response",
        lambda answer: confirmations.append(answer.status) if answer.url.endswith("/session/confirm") else None,
    )
    page.goto(stack.shop_url)
    expect(pay_button(page)).to_be_visible()
    other = page.context.new_page()
    other.goto(stack.shop_url)
    other.get_by_role("checkbox").check()
    page.get_by_role("checkbox").check()

    pay_button(page).click()
    page.wait_for_url(COMPANY)
    pay_button(other).click()

    expect(other.get_by_role("heading", name="Continue to pay")).to_be_visible()
    assert sorted(confirmations) == [200, 409]
    page.locator("button[value=approve]").click()
    expect(other.get_by_role("heading", name="Payment successful")).to_be_visible()


def test_on_a_slow_line_a_second_press_pays_nothing_twice(page: Page, stack: Stack) -> None:
    keys: list[str] = []
    page.on(
        "request",
        lambda request: (
            keys.append(request.headers["idempotency-key"]) if request.url.endswith("/session/confirm") else None
        ),
    )
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    devtools.send("Network.emulateNetworkConditions", slow)
    page.add_init_script(SHIFTS)
    page.goto(stack.shop_url)
    expect(pay_button(page)).to_be_visible()
    assert page.evaluate("shifted") == 0
    page.get_by_role("checkbox").check()

    page.locator(".bursar-pay").evaluate("(button) => { for (let press = 0; press < 3; press += 1) button.click(); }")
    page.wait_for_url(COMPANY)

    assert len(keys) == 1
