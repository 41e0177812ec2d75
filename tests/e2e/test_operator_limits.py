"""By mouse, at both widths: an operator narrows a business, sees that it counts, and takes the limit back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.core.ids import show
from app.workflow.accounts.people.set_operators import set_operator
from tests.e2e import both_looks
from tests.factories.people import make_user
from tests.factories.shop import Shop

SHOTS = os.environ.get("SHOTS")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [1280, 360])
def test_an_operator_limits_a_business_by_mouse(
    app: Flask, browser: Browser, portal: str, new_shop: Callable[..., Shop], width: int
) -> None:
    assert app
    ours, theirs = new_shop(), new_shop()
    login = make_user(ours.business_id)
    set_operator(login.email, is_operator=True)
    context = both_looks.new_context(browser)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    _sign_in(page, portal, login.email, login.password)
    page.goto(f"{portal}/operator/businesses/{show('biz', theirs.business_id)}")
    page.get_by_role("link", name="See limits").click()
    expect(page.get_by_role("heading", level=1, name="Limits")).to_be_visible()

    page.get_by_label("Scenario").select_option("export")
    page.get_by_label("Requests per second").fill("2")
    page.get_by_label("Burst").fill("1")
    page.get_by_role("button", name="Save limit").click()
    expect(page.get_by_text("a burst from that rate")).to_be_visible()
    page.get_by_label("Burst").fill("3")
    page.get_by_role("button", name="Save limit").click()
    expect(page.get_by_text("The limit counts within a second")).to_be_visible()
    row = page.get_by_role("row", name="Exports")
    expect(row).to_contain_text("0 / 20")
    _shot(page, f"limits-{width}-light")
    found = list(both_looks.wrong(page))
    _shot(page, "limits-360-dark")
    row.get_by_role("button", name="Use the default for Exports").click()

    expect(page.get_by_text("The default counts again")).to_be_visible()
    expect(page.get_by_role("button", name="Use the default for Exports")).to_have_count(0)
    assert found == []
    context.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [1280, 360])
def test_an_operator_limits_what_a_business_owns_and_its_people_see_it(
    app: Flask, browser: Browser, portal: str, new_shop: Callable[..., Shop], enter: Callable[..., Page], width: int
) -> None:
    assert app
    ours, theirs = new_shop(), new_shop()
    login = make_user(ours.business_id)
    set_operator(login.email, is_operator=True)
    context = both_looks.new_context(browser)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    _sign_in(page, portal, login.email, login.password)
    page.goto(f"{portal}/operator/businesses/{show('biz', theirs.business_id)}")
    page.get_by_role("link", name="See use and limits").click()
    expect(page.get_by_role("heading", level=1, name="Resource limits")).to_be_visible()

    page.get_by_label("Resource", exact=True).select_option("products")
    page.get_by_role("spinbutton", name="Limit").fill("1")
    page.get_by_label("Reason").fill("Starter contract")
    page.get_by_role("button", name="Save limit").click()

    expect(page.get_by_text("Saved. The limit counts at once.")).to_be_visible()
    row = page.get_by_role("row", name="Products")
    expect(row).to_contain_text("Limit reached")
    expect(row).to_contain_text("Starter contract")
    _shot(page, f"own-{width}-light")
    found = list(both_looks.wrong(page))
    _shot(page, f"own-{width}-dark")
    context.close()

    owner = enter(theirs, "owner", width)
    owner.goto(f"{portal}/portal/products/new")
    owner.get_by_label("Name", exact=True).fill("One more")
    owner.get_by_role("button", name="Create product").click()
    expect(owner.get_by_text("This business has 1 of at most 1 products.")).to_be_visible()
    _shot(owner, f"own-refused-{width}")
    owner.goto(f"{portal}/portal/settings")
    expect(owner.get_by_role("region", name="Resource limits")).to_contain_text("1 of 1")
    _shot(owner, f"own-settings-{width}")
    assert found == []


def _sign_in(page: Page, portal: str, email: str, password: str) -> None:
    page.goto(f"{portal}/portal/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()


def _shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
