"""A page on an origin that is not allowed: the developer reads what to do, a buyer that it is not their fault."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack
from tests.e2e.readme_merchant import Merchant, press
from tests.e2e.stub import BURSAR, SECRET, SHOP, Stub

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("stack")]


def test_in_test_mode_the_panel_leads_to_the_portals_page(page: Page, stack: Stack) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    with Merchant(stack).serve("127.0.0.2") as port:
        page.goto(f"http://127.0.0.2:{port}/shop")

        expect(page.get_by_role("heading", name="The payment form is not available")).to_be_visible()
        expect(page.get_by_text(f"Pages on http://127.0.0.2:{port} may not show this checkout.")).to_be_visible()
        assert any("/portal/origins?origin=" in each and each.startswith("Bursar: Pages on") for each in messages)
        with page.context.expect_page() as opened:
            press(page, page.get_by_role("link", name="Allow it in the portal"))

    portal = opened.value
    portal.get_by_label("Email").fill(stack.demo["email"])
    portal.get_by_label("Password").fill(stack.demo["password"])
    portal.get_by_role("button", name="Sign in").click()
    expect(portal.get_by_label("Origin", exact=True)).to_have_value(f"http://127.0.0.2:{port}")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_in_live_mode_a_buyer_reads_a_buyers_sentence(page: Page, language: str) -> None:
    stub, messages = Stub(page.context), list[str]()
    page.on("console", lambda message: messages.append(message.text))
    problem = {"code": "origin_denied", "detail": "https://shop.test is not one of the business's allowed origins."}
    stub.answers["session"] = lambda _request: (403, problem)
    script = (
        f"import {{ Bursar }} from '{BURSAR}/static/sdk/v1/bursar.mjs';"
        f"Bursar('pk_live_1', {{ locale: '{language}' }}).checkout({{ clientSecret: '{SECRET}' }}).mount('#place');"
    )
    page.goto(stub.page("/shop", "<h1>Shop</h1><div id=place></div>", script))

    sentence = {"en": "The payment form could not be loaded.", "ja": "決済フォームを読み込めませんでした。"}[language]
    expect(page.locator(".bursar").get_by_text(sentence)).to_be_visible()
    expect(page.locator(".bursar").get_by_role("link")).to_have_count(0)
    expect(page.locator(".bursar").get_by_text(re.compile("origin", re.I))).to_have_count(0)
    assert any(SHOP in each and "may not show" in each for each in messages)
