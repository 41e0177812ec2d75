"""The main job, as its people live it: the buyer in the merchant's page, the merchant in the portal, the books."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack
from tests.e2e import pictures

pytestmark = pytest.mark.timeout(240)


def _buy_two(page: Page, shop_url: str) -> None:
    page.goto(shop_url)
    page.get_by_role("button", name="One more").click()
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_have_text("Pay $18.00")
    pictures.keep(page, "panel")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    page.locator("button[value=approve]").click()
    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()


def _sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/portal/login")
    page.get_by_label("Email").fill(stack.demo["email"])
    page.get_by_label("Password").fill(stack.demo["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_from_the_shop_to_the_books_and_part_of_the_way_back(page: Page, stack: Stack) -> None:
    _buy_two(page, stack.shop_url)
    page.get_by_role("link", name="My membership").click()
    expect(page.locator("[data-entitlement]").first).to_contain_text("active")

    _sign_in(page, stack)
    page.goto(f"{stack.url}/portal/orders?status=fulfilled")
    page.locator("#orders-list a[href*='/portal/orders/ord_']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(" · $18.00")
    pictures.keep(page, "order")
    timeline = page.locator("#timeline")
    for step in ("paid", "fulfilled"):
        expect(timeline).to_contain_text(re.compile(step, re.I))
    refund = page.locator("#refund")
    refund.get_by_role("textbox", name="Amount").fill("5")
    refund.get_by_role("button", name="Review refund").click()
    expect(page.get_by_text("You entered an amount.").first).to_be_visible()
    refund.get_by_label("A part").check()
    refund.get_by_role("button", name="Review refund").click()
    page.get_by_role("button", name="Refund $5.00").click()

    expect(page.get_by_text("$5.00 is being refunded to the buyer.")).to_be_visible()
    money = page.locator(".facts").filter(has_text="Kept")
    expect(money).to_contain_text("$5.00")
    expect(money).to_contain_text("$13.00")
    audit = json.loads(stack.flask("audit", "--json"))
    assert audit["ok"], [check for check in audit["checks"] if check["violations"]]


@pytest.mark.early
def test_a_flushed_redis_and_a_killed_worker_lose_nothing(
    page: Page, new_stack: Callable[..., Stack], wait_until: Callable[..., None]
) -> None:
    stack = new_stack()
    stack.start()
    page.goto(stack.shop_url)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    stack.kill("worker", "relay")
    page.locator("button[value=approve]").click()
    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()

    _flush(stack.env["REDIS_URL"])
    stack.start("worker", "relay")

    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()
    wait_until(lambda: json.loads(stack.flask("audit", "--json"))["ok"], what="an audit without findings")


def _flush(url: str) -> None:
    from redis import Redis

    Redis.from_url(url).flushall()
