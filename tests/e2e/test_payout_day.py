"""A finance day with a payout that comes back: it left, the payee's bank sends it back, and finance sees why."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Browser, expect

from ops.testing.stack import Stack
from tests.e2e import both_looks, pictures
from tests.e2e.test_finance_day import _call, _sell, _sign_in

pytestmark = pytest.mark.timeout(240)
PAYEE = {"account": "DE02120300000000202051", "name": "Shop & Sons"}


def test_a_payout_that_comes_back_is_seen_and_owed_again(
    browser: Browser, stack: Stack, wait_until: Callable[..., None]
) -> None:
    _sell(stack, "payout-day@example.com", wait_until)
    context = both_looks.new_context(browser)
    page = context.new_page()
    _sign_in(page, stack)

    made = _call(stack, "POST", "/v1/payouts", {"amount_minor": 150, "currency": "USD", "payee": PAYEE})
    path = f"/v1/payouts/{made['id']}"
    wait_until(lambda: _call(stack, "GET", path)["status"] == "succeeded", limit_s=60)
    page.goto(f"{stack.url}/portal/movements/{made['id']}")
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    page.get_by_text("Pretend Pay").first.wait_for()
    url = f"{stack.simulator_url}/admin/payouts/{made['attempt']['id']}/fail"
    httpx.post(url, json={"force": True, "code": "account_closed"}, timeout=30).raise_for_status()
    wait_until(lambda: _call(stack, "GET", path)["status"] == "returned", limit_s=60)

    both_looks.open_wide(page, f"{stack.url}/portal/movements/{made['id']}")
    expect(page.get_by_text("Returned").first).to_be_visible()
    expect(page.get_by_text("Payout returned").first).to_be_visible()
    pictures.keep(page, "payout-returned-1280")
    assert list(both_looks.wrong(page)) == []
    page.goto(f"{stack.url}/portal/cases")
    expect(page.get_by_text("$1.50").first).to_be_visible()
    context.close()
