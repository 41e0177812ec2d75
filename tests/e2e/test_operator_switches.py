"""By mouse: an operator lets new orders wait, the shop's members and buyers are told, and it ends as it began."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.core.errors import AppError
from app.core.ids import show
from app.workflow.accounts.lifecycle.switch_off import switch_on
from app.workflow.accounts.people.set_operators import set_operator
from tests.e2e import both_looks
from tests.factories.people import make_user
from tests.factories.shop import Shop

SHOTS = os.environ.get("SHOTS")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [1280, 360])
def test_an_operator_lets_orders_wait_by_mouse(
    app: Flask, browser: Browser, portal: str, new_shop: Callable[..., Shop], width: int
) -> None:
    assert app
    shop = new_shop()
    login = make_user(shop.business_id)
    set_operator(login.email, is_operator=True)
    context = both_looks.new_context(browser)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    _sign_in(page, portal, login.email, login.password)
    page.goto(f"{portal}/operator/businesses/{show('biz', shop.business_id)}")
    page.get_by_role("link", name="See switches").click()
    expect(page.get_by_role("heading", level=1, name="Switches")).to_be_visible()
    expect(page.get_by_text("Nothing. Everything works.")).to_be_visible()

    page.get_by_role("button", name="Switch off").click()
    page.get_by_label("Orders later").check()
    page.get_by_label("For", exact=True).select_option("15")
    page.get_by_label("Reason").fill("The warehouse is flooded")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Switched off. It is on again by itself")).to_be_visible()
    off = page.get_by_role("group", name="Orders later")
    expect(off).to_contain_text("The warehouse is flooded")
    with pytest.raises(AppError, match="New orders are switched off"):
        shop.place()
    _shot(page, f"switches-{width}-light")
    found = list(both_looks.wrong(page))
    _shot(page, "switches-360-dark")
    page.goto(f"{portal}/portal")
    expect(page.get_by_text("Switched off by the operator for a while: Orders later")).to_be_visible()
    found += both_looks.wrong(page)
    _shot(page, "switches-portal-360-dark")
    page.go_back()
    page.get_by_role("button", name="Switch on: Orders later").click()

    expect(page.get_by_text("It is on again.")).to_be_visible()
    expect(page.get_by_text("Nothing. Everything works.")).to_be_visible()
    assert shop.place()
    assert found == []
    context.close()


@pytest.mark.timeout(120)
def test_an_operator_switches_off_everywhere_by_mouse(
    app: Flask, browser: Browser, portal: str, new_shop: Callable[..., Shop]
) -> None:
    assert app
    login = make_user(new_shop().business_id)
    set_operator(login.email, is_operator=True)
    context = both_looks.new_context(browser)
    page = context.new_page()
    _sign_in(page, portal, login.email, login.password)
    try:
        page.goto(f"{portal}/operator")
        page.get_by_role("link", name="Switches").click()
        page.get_by_label("Webhooks deferred").check()
        page.get_by_label("Reason").fill("A receiver is moving")
        page.get_by_role("button", name="Switch off").click()
        expect(page.get_by_role("group", name="Webhooks deferred")).to_contain_text("A receiver is moving")
        page.get_by_role("button", name="Switch on: Webhooks deferred").click()
        expect(page.get_by_role("heading", name="Before")).to_be_visible()
        found = list(both_looks.wrong(page))
        _shot(page, "switches-everywhere")
    finally:
        switch_on(None, "webhooks_deferred")
    assert found == []
    context.close()


def _sign_in(page: Page, portal: str, email: str, password: str) -> None:
    page.goto(f"{portal}/portal/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()


def _shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
