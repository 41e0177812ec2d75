"""The portal in a browser: wide and light, narrow and dark; usable by everybody, and nothing spills over."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from ops.testing.stack import Stack
from tests.e2e import both_looks
from tests.e2e.navigation import go

pytestmark = pytest.mark.timeout(240)
SECTIONS = (
    "",
    "?period=30d",
    "/metrics",
    "/reports",
    "/reports/sales",
    "/alerts",
    "/alerts/settings",
    "/orders",
    "/orders?view=trouble",
    "/trace",
    "/jobs",
    "/flows",
    "/exports",
    "/payments",
    "/refunds",
    "/products",
    "/products/new",
    "{product}",
    "{product}/matrix",
    "{product}/images",
    "{product}/files",
    "{sku}",
    "{sku}/prices",
    "/deliverables/{sku_id}",
    "/categories",
    "/imports",
    "/stock",
    "/promotions",
    "/promotions/new/percentage",
    "/promotions/tester",
    "/points",
    "/points/new",
    "/coupons",
    "/splitting",
    "/configurations",
    "/configurations/new",
    "/playground",
    "/origins",
    "/appearance",
    "/channels",
    "/channels/health",
    "/routing",
    "/routing/new",
    "/routing/simulator",
    "/keys",
    "/keys/new",
    "/requests",
    "/webhooks",
    "/webhooks/new",
    "/webhooks/events",
    "/account/security",
    "/account/security/rule",
    "/team",
    "/team/invite",
    "/team/roles",
    "/team/roles/new?like=support",
    "/nowhere",
)


def _sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/portal/login")
    page.get_by_label("Email").fill(stack.demo["email"])
    page.get_by_label("Password").fill(stack.demo["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()


def _demo_sku(page: Page, stack: Stack) -> str:
    """Where the page of a SKU of the demo business is, below /portal."""
    page.goto(f"{stack.url}/portal/products?q=Moonlight")
    page.get_by_role("link", name="Moonlight membership").click()
    found = page.get_by_role("link", name="1 month", exact=True).get_attribute("href") or ""
    return found.removeprefix("/portal")


@pytest.mark.early
def test_every_page_is_usable_by_everybody(browser: Browser, stack: Stack) -> None:
    context = both_looks.new_context(browser)
    page = context.new_page()
    _sign_in(page, stack)
    sku = _demo_sku(page, stack)
    known = {"product": sku.partition("/skus/")[0], "sku": sku, "sku_id": sku.rpartition("/")[2]}
    found: list[str] = []
    for section in SECTIONS:
        both_looks.open_wide(page, f"{stack.url}/portal{section.format(**known)}")
        found += [f"{section} {each}" for each in both_looks.wrong(page)]
    context.close()

    assert not found


def test_lists_change_in_place_and_go_back_under_a_strict_policy(page: Page, stack: Stack) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    _sign_in(page, stack)
    page.goto(f"{stack.url}/portal/orders")
    page.evaluate("window.stayed = true")

    page.get_by_role("link", name="Closed", exact=True).click()
    expect(page).to_have_url(re.compile("view=closed"))
    page.get_by_label("Find", exact=True).fill("nobody")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="No results")).to_be_visible()
    expect(page).to_have_url(re.compile(r"view=closed&q=nobody$"))
    page.go_back()

    expect(page.get_by_role("link", name="Closed", exact=True)).to_have_attribute("aria-current", "page")
    expect(page).to_have_url(re.compile("view=closed$"))
    assert page.evaluate("window.stayed") is True
    assert refused == []


def test_the_drawer_and_the_menus_need_no_scripts(
    browser: Browser, stack: Stack, wait_until: Callable[..., None]
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    _sign_in(page, stack)

    go(page, "Products")
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()

    wait_until(lambda: "/portal/login" in page.url, what="being signed out")
    context.close()


def test_the_navigation_remembers_what_was_unfolded(page: Page, stack: Stack) -> None:
    _sign_in(page, stack)
    navigation = page.get_by_role("navigation", name="Main")
    folded = navigation.get_by_role("link", name="Wallets", exact=True)

    expect(folded).to_be_hidden()
    navigation.get_by_text("Money", exact=True).click()
    folded.click()
    go(page, "Orders")
    expect(folded).to_be_visible()
    navigation.get_by_text("Money", exact=True).click()
    go(page, "Home")
    expect(folded).to_be_hidden()
