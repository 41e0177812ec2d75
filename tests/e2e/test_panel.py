"""The panel inside the demo shop's page, on another origin, with everything running for real."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
LIMIT_MS = 30_000
expect.set_options(timeout=LIMIT_MS)

PAY = re.compile(r"^(Pay|Try again)\b")
COMPANY = re.compile(r"/pay/\w+")


@pytest.fixture
def shop_page(page: Page, stack: Stack) -> Page:
    """The shop with its panel ready."""
    page.goto(stack.shop_url)
    expect(pay_button(page)).to_be_visible()
    return page


def pay_button(page: Page) -> Any:
    return page.get_by_role("button", name=PAY)


def begin(page: Page) -> None:
    """Accept the terms and go to the company's page."""
    page.get_by_role("checkbox").check()
    pay_button(page).click()
    page.wait_for_url(COMPANY)


def approve(page: Page) -> None:
    page.locator("button[value=approve]").click()


def decline(page: Page) -> None:
    page.get_by_role("button", name="Decline payment").click()


def expect_success(page: Page) -> None:
    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()


def test_the_first_touch_moves_nothing(shop_page: Page) -> None:
    """What is fetched then must not push the box away from under the finger."""
    box = shop_page.get_by_role("checkbox")
    box.scroll_into_view_if_needed()
    before = box.bounding_box()

    with shop_page.expect_response(re.compile(r"/deferred_parts\.mjs")):
        box.dispatch_event("pointerdown")
    shop_page.wait_for_function("Boolean(customElements.get('bursar-cart'))")

    assert box.bounding_box() == before


def test_two_memberships_are_bought_in_the_merchants_page(shop_page: Page) -> None:
    page = shop_page
    page.get_by_role("button", name="One more").click()
    expect(pay_button(page)).to_have_text("Pay $18.00")
    pay_button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("Please accept the terms")

    begin(page)
    approve(page)

    expect_success(page)
    assert "bursar_session" not in page.url
    page.get_by_role("link", name="My membership").click()
    expect(page.locator("[data-entitlement]")).to_contain_text("active")


def test_a_declined_payment_says_why_and_can_be_tried_again(shop_page: Page) -> None:
    page = shop_page
    begin(page)
    decline(page)
    expect(page.get_by_role("alert")).to_contain_text("balance is too low")

    pay_button(page).click()
    page.wait_for_url(COMPANY)
    approve(page)

    expect_success(page)


def test_a_buyer_who_comes_back_goes_on_where_the_payment_is(shop_page: Page, stack: Stack) -> None:
    page = shop_page
    begin(page)
    company_page = page.url

    page.goto(stack.shop_url)
    expect(page.get_by_role("heading", name="Continue to pay")).to_be_visible()
    expect(pay_button(page)).to_have_count(0)
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url(company_page)
    approve(page)

    expect_success(page)


def test_a_lost_answer_is_never_called_a_failure_and_pays_once(shop_page: Page) -> None:
    page = shop_page
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.route("**/sdk/v1/session/confirm", lose_the_first)
    page.get_by_role("checkbox").check()
    pay_button(page).click()

    # The server has started the payment: polling shows it, and nothing is sent a second time.
    expect(page.get_by_role("heading", name="Continue to pay")).to_be_visible()
    assert len(keys) == 1
    page.unroute_all(behavior="wait")
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url(COMPANY)
    approve(page)
    expect_success(page)


def test_without_a_stream_the_panel_polls_every_few_seconds(shop_page: Page) -> None:
    page = shop_page
    page.context.route("**/sdk/v1/session/events", lambda route: route.abort())
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    page.go_back()
    expect(page.get_by_role("heading", name="Continue to pay")).to_be_visible()

    approve(other)

    expect_success(page)


def test_the_panel_can_be_used_with_the_keyboard_alone(shop_page: Page) -> None:
    page = shop_page
    page.get_by_role("radio", name="1 month").focus()
    page.keyboard.press("ArrowRight")
    expect(pay_button(page)).to_have_text("Pay $24.00")

    page.get_by_role("button", name="Membership terms").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Membership terms")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Membership terms")).to_be_focused()

    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    pay_button(page).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(COMPANY)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_nothing_is_wrong_for_assistive_technology(shop_page: Page, width: int, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = shop_page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    pay_button(page).click()
    expect(page.get_by_role("alert")).to_be_visible()

    found = Axe().run(page, context=".bursar")

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_code_is_scanned_and_the_page_goes_on_by_itself(shop_page: Page) -> None:
    page = shop_page
    page.get_by_role("radio", name=re.compile("Scan a code")).check()
    page.get_by_role("checkbox").check()
    pay_button(page).click()
    expect(page.get_by_role("heading", name="Scan to pay")).to_be_visible()
    expect(page.get_by_role("img", name="Payment code for $9.00")).to_be_visible()

    phone = page.context.new_page()
    phone.goto(str(page.get_by_role("link", name="Open the payment page instead").get_attribute("href")))
    approve(phone)

    expect_success(page)
    page.wait_for_url("**/return**")


@pytest.mark.parametrize("part", ["more", "scenes"])
def test_a_panel_of_which_a_part_is_kept_away_still_leads_to_the_payment(shop_page: Page, part: str) -> None:
    page = shop_page
    page.context.route(f"**/{part}.mjs*", lambda route: route.abort())
    page.get_by_role("radio", name=re.compile("Scan a code")).check()
    page.get_by_role("checkbox").check()
    pay_button(page).click()
    expect(page.get_by_role("heading", name="Scan to pay")).to_be_visible()

    page.get_by_role("link", name="Open the payment page").click()
    page.wait_for_url(COMPANY)
