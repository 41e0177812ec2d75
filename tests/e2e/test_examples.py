"""The demo shop's examples sell: the panel's parts in plain HTML, and its state and actions in React and Vue."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ops.paths import ROOT
from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
PAY = re.compile(r"^(Pay|Try again)\b")
COMPANY = re.compile(r"/pay/\w+")


def test_an_example_is_short() -> None:
    parts = {name: [ROOT / "sandbox/demo/examples" / f"{name}.jsx"] for name in ("react", "react_panel", "vue")}
    parts["plain"] = [
        ROOT / "sandbox/demo/templates/examples/plain.html",
        ROOT / "sandbox/demo/static/examples/plain.js",
    ]

    assert {name: sum(len(file.read_text().splitlines()) for file in files) < 60 for name, files in parts.items()} == {
        "plain": True, "react": True, "react_panel": True, "vue": True
    }  # fmt: skip


def test_plain_html_lays_out_the_parts_as_it_likes(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.shop_url}/examples/plain")
    pay = page.get_by_role("button", name=PAY)
    expect(pay).to_have_text("Pay $9.00")
    page.get_by_role("button", name="One more").click()
    expect(pay).to_have_text("Pay $18.00")
    pay.click()
    expect(page.get_by_role("alert")).to_contain_text("Please accept the terms")
    page.get_by_role("checkbox").check()
    pay.click()
    page.wait_for_url(COMPANY)
    page.go_back()

    expect(page.get_by_role("heading", name="Continue to pay")).to_be_visible()
    expect(pay).to_be_hidden()


@pytest.mark.parametrize("name", ["react", "vue"])
def test_a_library_draws_the_state_and_calls_the_actions(page: Page, stack: Stack, name: str) -> None:
    page.goto(f"{stack.shop_url}/examples/{name}")
    pay = page.get_by_role("button", name=PAY)
    expect(pay).to_have_text("Pay $9.00")
    page.get_by_label("Quantity").fill("2")
    expect(pay).to_have_text("Pay $18.00")
    page.get_by_role("radio", name=re.compile("1 year|3 months")).first.check()
    expect(pay).not_to_have_text("Pay $18.00")
    pay.click()
    expect(page.get_by_role("alert")).to_contain_text("Please accept the terms")
    page.get_by_role("checkbox").check()
    expect(page.locator("[role=alert]")).to_be_empty()
    pay.click()
    page.wait_for_url(COMPANY)
    page.locator("button[value=approve]").click()

    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()
    page.goto(f"{stack.shop_url}/examples/{name}")
    expect(page.get_by_text("Thank you. The payment has arrived.")).to_be_visible()


def test_the_panel_as_a_component_lives_in_strict_mode_and_changes_with_its_properties(
    page: Page, stack: Stack
) -> None:
    opened: list[str] = []
    page.on("request", lambda request: opened.append(request.url) if "/checkout/" in request.url else None)
    page.goto(f"{stack.shop_url}/examples/react_panel")
    pay = page.get_by_role("button", name=PAY)
    expect(pay).to_have_text("Pay $9.00")
    expect(page.get_by_role("note")).to_contain_text("Ready: ")
    assert len([url for url in opened if url.startswith(stack.shop_url)]) == 1
    color = "element => getComputedStyle(element).backgroundColor"
    panel = page.locator("#checkout .bursar").first
    by_day = panel.evaluate(color)
    page.get_by_role("button", name="By night").click()
    expect(page.get_by_role("button", name="By day")).to_be_visible()
    page.wait_for_function(
        "([element, was]) => getComputedStyle(element).backgroundColor !== was", arg=[panel.element_handle(), by_day]
    )
    page.get_by_role("checkbox").check()
    pay.click()
    page.wait_for_url(COMPANY)
    page.locator("button[value=approve]").click()

    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()
    page.goto(f"{stack.shop_url}/examples/react_panel")
    expect(page.get_by_role("note")).to_contain_text("Paid: ord_")
