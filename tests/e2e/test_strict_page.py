"""The panel where everything is forbidden that the documentation does not require; it leaves nothing behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
PAY = re.compile(r"^(Pay|Try again)\b")
REPORT = """
  document.addEventListener('securitypolicyviolation', (event) => {
    window.broke(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
"""


def test_a_purchase_breaks_no_rule_of_the_page_and_leaves_nothing_in_the_browser(page: Page, stack: Stack) -> None:
    broken: list[str] = []
    secrets: list[str] = []
    page.expose_function("broke", lambda what: broken.append(what))
    page.add_init_script(REPORT)
    page.on("request", lambda request: secrets.append(request.headers.get("authorization", "")))
    answer = page.goto(stack.shop_url)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == allowed["connect-src"] == f"'self' {stack.url}"
    assert allowed["style-src"] == "'self'"
    assert (allowed["require-trusted-types-for"], allowed["trusted-types"]) == ("'script'", "'none'")

    page.get_by_role("button", name=PAY).click()
    expect(page.get_by_role("alert")).to_contain_text("Please accept the terms")
    page.get_by_role("button", name="Membership terms").click()
    expect(page.get_by_role("dialog", name="Membership terms")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a coupon").click()
    page.get_by_label("Coupon code").fill("NOTHING")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_label("Coupon code")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    page.get_by_role("radio", name=re.compile("Scan a code")).check()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=PAY).click()
    expect(page.get_by_role("img", name="Payment code for $9.00")).to_be_visible()
    phone = page.context.new_page()
    phone.goto(str(page.get_by_role("link", name="Open the payment page instead").get_attribute("href")))
    phone.locator("button[value=approve]").click()
    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()

    assert broken == []
    secret = next(text for text in secrets if "_secret_" in text).removeprefix("Bearer ")
    stored = page.context.storage_state(indexed_db=True)
    assert {cookie["name"] for cookie in stored["cookies"]} == {"shop"}, "the shop's own, and none of ours"
    assert [origin for origin in stored["origins"] if origin["localStorage"] or origin.get("indexedDB")] == []
    left = page.evaluate("async () => [sessionStorage.length, document.cookie, (await caches?.keys?.() ?? []).length]")
    assert left == [1, "", 0], "this session alone, for the tab that may be reloaded"
    assert secret not in page.content() + page.url + json.dumps(page.evaluate("[history.state, window.name]"))


@pytest.fixture
def lax_page(browser: Any) -> Iterator[Page]:
    """A page without a policy."""
    context = browser.new_context(locale="en-US", bypass_csp=True)
    yield context.new_page()
    # An answer still under way would fail in whichever test comes next.
    context.unroute_all(behavior="wait")
    context.close()


def test_a_file_that_is_not_ours_does_not_run(lax_page: Page, stack: Stack) -> None:
    page = lax_page
    printed = httpx.get(f"{stack.url}/static/sdk/v1/integrity.json", timeout=30).json()
    page.goto(f"{stack.shop_url}/owned")
    load = """([src, integrity]) => new Promise((done) => {
      const script = Object.assign(document.createElement('script'), { src, integrity, crossOrigin: 'anonymous' });
      script.onload = () => done(typeof window.Bursar);
      script.onerror = () => done('refused');
      document.head.append(script);
    })"""
    address = f"{stack.url}/static/sdk/{printed['version']}/bursar.js"
    assert page.evaluate(load, [address, printed["files"]["frame.js"]]) == "refused"
    assert page.evaluate(load, [address, printed["files"]["bursar.js"]]) == "function"

    # The part that is fetched later is checked by the part that is here.
    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=f"window.evil = true;{answer.text()}")

    page.context.route("**/deferred_parts.mjs*", change)
    page.goto(stack.shop_url)
    page.get_by_role("radio", name=re.compile("Scan a code")).check()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=PAY).click()
    expect(page.get_by_role("link", name="Open the payment page")).to_be_visible()
    assert page.evaluate("window.evil") is None
