"""The documentation as a reader uses it: found by words, read at both widths, tried with a key of their own."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.workflow.accounts.manage_keys import create_key
from tests.e2e import both_looks
from tests.factories.shop import Shop

SHOTS = os.environ.get("SHOTS")
PAGES = ("", "/tutorial", "/how-to/ship", "/reference/events", "/api", "/api/orders", "/errors", "/changelog")


@pytest.mark.timeout(120)
def test_pages_are_usable_by_everybody(browser: Browser, portal: str) -> None:
    context = both_looks.new_context(browser)
    page, found = context.new_page(), []
    for each in PAGES:
        assert both_looks.open_wide(page, f"{portal}/docs{each}") == 200
        found += [f"{each}: {fault}" for fault in both_looks.wrong(page)]
        _picture(page, each)
    context.close()

    assert found == []


@pytest.mark.parametrize("width", [1280, 360])
def test_a_reader_searches_and_goes_on(page: Page, portal: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{portal}/docs")

    page.keyboard.press("/")
    search = page.get_by_role("combobox", name="Search the documentation")
    expect(search).to_be_focused()
    search.fill("parcel wareh")
    expect(page.get_by_role("option").first).to_contain_text("Ship")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"docs-search-{width}.png")
    search.fill("zzzz")
    expect(page.get_by_text("Nothing holds “zzzz”.")).to_be_visible()
    search.fill("address_required")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{portal}/docs/errors#address_required")

    page.goto(f"{portal}/docs/how-to/ship")
    page.get_by_role("navigation", name="Previous and next page").get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Ship")


def test_the_language_of_the_code_is_kept(page: Page, portal: str) -> None:
    page.goto(f"{portal}/docs/api/orders")
    operation = page.locator("#create_order")
    expect(operation.get_by_text("curl -X POST")).to_be_visible()

    operation.get_by_role("button", name="Python").click()
    expect(operation.get_by_text("import httpx")).to_be_visible()
    expect(operation.get_by_text("curl -X POST")).to_be_hidden()
    page.goto(f"{portal}/docs/api/refunds")

    expect(page.locator("#create_refund").get_by_text("import httpx")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_an_operation_is_tried_with_a_test_key(page: Page, portal: str, shop: Shop, width: int) -> None:
    key = create_key(shop.business_id, name="docs", kind="secret", made_for=uuid.UUID(int=9)).secret
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{portal}/docs/api/products")
    operation = page.locator("#list_products")
    operation.get_by_text("Try it in test mode").click()
    form = operation.locator("form")

    form.get_by_label("Secret key of a test business").fill("sk_live_1234")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("status")).to_have_text("Only a test key (sk_test_…) can be used here.")
    form.get_by_label("Secret key of a test business").fill(key)
    form.get_by_label("limit").fill("1")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("status")).to_contain_text("200 in")
    expect(form.locator("pre")).to_contain_text('"has_more"')
    if SHOTS:
        operation.screenshot(path=Path(SHOTS) / f"docs-try-{width}.png")
    form.get_by_label("limit").fill("zero")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("status")).to_contain_text("422 in")

    page.goto(f"{portal}/docs/api/orders")
    assert page.locator("#get_order input[name=key]").input_value() == key


def _picture(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if not SHOTS:
        return
    for width, scheme in (both_looks.WIDE, both_looks.NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(SHOTS) / f"docs{name.replace('/', '-')}-{width}.png")
