"""A buyer ends a membership by two clicks in a browser without scripts, and takes it back; axe looks at every page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route, expect

from app.core.ids import show
from app.workflow.checkout.link_buyer import make_link
from app.workflow.subscriptions import change_contract
from tests.e2e import both_looks
from tests.factories.contracts import MONTH, contract, plan_of, sign
from tests.factories.shop import Shop

ORIGIN = "http://shop.example"
SHOTS = os.environ.get("SHOTS")


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def served_by(client: FlaskClient) -> Callable[[Route], None]:
    """The application answers in this process; the client keeps the cookies."""

    def serve(route: Route) -> None:
        asked = route.request
        response = client.open(
            asked.url.removeprefix(ORIGIN),
            method=asked.method,
            data=asked.post_data_buffer,
            content_type=asked.headers.get("content-type"),
            follow_redirects=True,
        )
        headers = {name: value for name, value in response.headers.items() if name != "Set-Cookie"}
        route.fulfill(status=response.status_code, headers=headers, body=response.data)

    return serve


def _shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [1280, 360])
def test_a_membership_is_cancelled_by_two_clicks_and_kept_by_one(
    app: Flask, browser: Browser, rich: Shop, width: int
) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.work_off()
    client = app.test_client()
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800}, locale="en-US")
    context.route("**/*", served_by(client))
    page = context.new_page()
    page.goto(ORIGIN + "/my/" + make_link(rich.business_id, "buyer-1").url.partition("/my/")[2])

    page.get_by_role("link", name="Your memberships and payments").click()
    page.get_by_role("link", name="Monthly").click()
    page.get_by_role("link", name="Cancel membership").click()
    expect(page.get_by_text("Until then you keep all that you have paid for.")).to_be_visible()
    page.get_by_role("button", name="Cancel membership").click()
    expect(page.get_by_text("You have cancelled. Nothing more is charged.")).to_be_visible()
    assert contract(rich, contract_id).cancel_at_period_end
    page.get_by_role("button", name="Keep my membership").click()
    expect(page.get_by_role("link", name="Cancel membership")).to_be_visible()
    context.close()

    assert not contract(rich, contract_id).cancel_at_period_end


@pytest.mark.timeout(120)
def test_every_page_of_contracts_is_usable_by_everybody(app: Flask, browser: Browser, rich: Shop) -> None:
    paid, paused = sign(rich, plan_of(rich)), sign(rich, plan_of(rich, unit_minor=100, trial_days=3))
    change_contract.pause_contract(rich.business_id, paused, resumes_at=None, actor="test")
    rich.advance(MONTH)
    refused = sign(rich, plan_of(rich, unit_minor=1500))
    rich.advance(MONTH)
    base = "/my/" + make_link(rich.business_id, "buyer-1").url.partition("/my/")[2]
    context = both_looks.new_context(browser)
    context.route("**/*", served_by(app.test_client()))
    page, found = context.new_page(), []
    paths = ["", "/contracts", f"/contracts/{show('con', paid)}/cancel"]
    paths += [f"/contracts/{show('con', each)}" for each in (paid, paused, refused)]

    for number, path in enumerate(paths):
        status = both_looks.open_wide(page, ORIGIN + base + path)
        _shot(page, f"{number}-1280")
        found += [f"{path}: {each}" for each in (both_looks.wrong(page) if status == 200 else [status])]
        _shot(page, f"{number}-360")
    context.close()

    assert not found, "\n".join(found)
