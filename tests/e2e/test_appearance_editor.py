"""The appearance editor in a browser: the panel itself follows what is chosen, and nothing is opened or ordered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack
from tests.e2e.test_portal import _sign_in

pytestmark = pytest.mark.timeout(240)
expect.set_options(timeout=30_000)


def test_the_panel_follows_the_editor_without_requests_to_the_server(page: Page, stack: Stack) -> None:
    page.emulate_media(color_scheme="light")
    _sign_in(page, stack)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{stack.url}/portal/appearance")
    button = page.locator("#stage .bursar-pay")
    expect(button).to_have_text("Pay $80.10")

    page.locator("label", has_text="Paper").click()
    page.get_by_label("Buttons and links, light", exact=True).first.fill("#ffd400")

    expect(button).to_have_css("background-color", "rgb(255, 212, 0)")
    findings = page.locator("#legibility")
    expect(findings).to_contain_text("Text on buttons light theme: 1.43, required 4.5")
    findings.get_by_role("button", name="Buttons and links").first.click()
    expect(findings).to_contain_text("Passed: all color pairs")
    expect(button).not_to_have_css("background-color", "rgb(255, 212, 0)")
    page.get_by_role("button", name="QR code").click()
    expect(page.locator("#stage .bursar-code")).to_be_visible()
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("#stage .bursar")).to_have_attribute("dir", "rtl")

    assert not [url for url in requests if "/sdk/v1/" in url and "/static/" not in url]
