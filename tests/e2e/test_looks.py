"""How an appearance reaches the panel: a made-up checkout in a real browser, nothing of ours running behind it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ops.gallery import Variant, open_panel

pytestmark = pytest.mark.timeout(120)
expect.set_options(timeout=30_000)


def opened(page: Page, appearance: dict[str, Any], state: str = "form") -> list[str]:
    """Opens the panel; the URLs that were requested."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    open_panel(page, state, Variant("test"), appearance)
    expect(page.locator(".bursar-pay")).to_be_visible()
    return requests


def style(page: Page, selector: str, name: str) -> str:
    return str(
        page.evaluate("([s, n]) => getComputedStyle(document.querySelector(s)).getPropertyValue(n)", [selector, name])
    )


def test_plain_variables_need_no_further_file(page: Page) -> None:
    requests = opened(page, {"variables": {"colorPrimary": "#0a7d5a", "borderRadius": "2px"}, "theme": "dark"})

    assert style(page, ".bursar-pay", "background-color") == "rgb(10, 125, 90)"
    assert style(page, ".bursar-pay", "border-radius") == "2px"
    assert not [url for url in requests if "appearance." in url]


def test_rarer_variables_rules_and_themes_are_there_before_the_form_is_shown(page: Page) -> None:
    appearance = {
        "theme": "night",
        "labels": "hidden",
        "variables": {"buttonHeight": "60px", "panelMaxWidth": "400px"},
        "rules": {
            ".Total": {"textTransform": "uppercase", "position": "fixed"},
            ".Option--selected": {"boxShadow": "none", "backgroundColor": "url(https://evil.test/x)"},
            "body": {"color": "red"},
        },
    }
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    opened(page, appearance)

    assert page.locator(".bursar-pay").evaluate("button => button.getBoundingClientRect().height") == 60
    assert style(page, ".bursar", "max-width") == "400px"
    assert style(page, ".bursar", "background-color") == "rgb(10, 14, 31)"
    assert style(page, ".bursar-line-total", "text-transform") == "uppercase"
    assert style(page, ".bursar-line-total", "position") == "static"
    assert style(page, ".bursar-option:has(:checked)", "box-shadow") == "none"
    assert style(page, "legend", "position") == "absolute"
    assert style(page, "body", "color") == "rgb(0, 0, 0)"
    assert len([text for text in messages if "appearance.rules" in text]) == 3


def test_what_is_taken_back_leaves_nothing_behind(page: Page) -> None:
    opened(page, {"variables": {"colorPrimary": "#0a7d5a"}, "rules": {".Button": {"backgroundColor": "rgb(1, 2, 3)"}}})
    assert style(page, ".bursar-pay", "background-color") == "rgb(1, 2, 3)"

    page.evaluate("checkout.update({ appearance: { variables: {}, rules: {} } })")

    expect(page.locator(".bursar-pay")).to_have_css("background-color", "rgb(35, 72, 214)")
    before = page.evaluate("document.adoptedStyleSheets.length")
    page.evaluate("checkout.update({ appearance: { rules: { '.Button': { color: 'red' } } } })")
    page.wait_for_function(f"document.adoptedStyleSheets.length === {before + 1}")
    page.evaluate("checkout.destroy()")
    assert page.evaluate("document.adoptedStyleSheets.length") == before


def test_colours_of_the_dark_are_worn_in_the_dark_only(page: Page) -> None:
    both = {"variables": {"colorPrimary": "#0a7d5a"}, "variablesDark": {"colorPrimary": "#7fe0bd"}}
    page.emulate_media(color_scheme="light")
    opened(page, {**both, "theme": "light"})
    assert style(page, ".bursar-pay", "background-color") == "rgb(10, 125, 90)"

    page.evaluate("checkout.update({ appearance: { theme: 'dark' } })")

    expect(page.locator(".bursar-pay")).to_have_css("background-color", "rgb(127, 224, 189)")
