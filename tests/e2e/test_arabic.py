"""A buyer's pages from right to left: at every width, with and without scripts, and no number turned around."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.core.ids import show
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.models import PaymentAttempt
from app.workflow.checkout.link_buyer import make_link
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.fulfilment.manage_delivery import add_licence_keys
from app.workflow.payments import manage_channels
from tests.factories.merchant import sell
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)

# As banks and shops write them: what begins with a digit has no letter at its head that says where it begins.
ACCOUNT_NUMBER, KEY = "3704 0044 0532 0130", "1234-ABCD-99"
SHOTS = os.environ.get("SHOTS")

# Numbers, ids, addresses and Latin words of more than one part, whose first sign stands right of their last one.
TURNED = r"""() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.parentElement.checkVisibility()) continue;
    for (const each of node.data.matchAll(/[A-Za-z0-9]+([ ._@:\/,-]+[A-Za-z0-9]+)+/g)) {
      const box = (at) => {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect();
      };
      const first = box(each.index), last = box(each.index + each[0].length - 1);
      if (first.width && first.top === last.top && first.left > last.left) found.push(each[0]);
    }
  }
  return found;
}"""
# Signs that belong to the number behind them, and stand right of its first digit.
SIGNS = r"""() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.data, at = text.search(/[−+]/);
    if (at < 0 || !/[0-9]/.test(text) || !node.parentElement.checkVisibility()) continue;
    const box = (index) => {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + 1);
      return range.getBoundingClientRect();
    };
    const digits = [...text.matchAll(/[0-9]/g)].map((each) => box(each.index).left);
    if (box(at).left > Math.min(...digits)) found.push(text.trim());
  }
  return found;
}"""


@pytest.fixture(params=[(1280, True), (360, True), (360, False)], ids=["1280", "360", "360 without scripts"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="ar", java_script_enabled=scripts, color_scheme="light"
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def look(page: Page, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A function that looks whether the page that is shown runs from right to left, as a whole and in its parts."""

    def looked(name: str) -> None:
        _photograph(page, f"{name}-{request.node.callspec.id}")
        root = page.locator("html")
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("ar", "rtl"), name
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, f"{name} is wider than the window"
        assert page.evaluate(TURNED) == [], f"{name} shows something turned around"
        assert page.evaluate(SIGNS) == [], f"{name} has signs behind their numbers"
        assert re.search("[\u0621-\u064a]{3}", page.locator("main, body").first.inner_text()), name

    return looked


def _photograph(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if SHOTS:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")


def _session(shop: Shop, portal: str, quantity: int = 2) -> str:
    opened = open_checkout(
        shop.business_id, items=[OrderItem(shop.sku_id, quantity)], buyer=Buyer(reference="buyer-1"), locale="ar"
    )
    return portal + "/c/" + opened.url.partition("/c/")[2]


def _owned(shop: Shop, portal: str) -> str:
    return f"{portal}/my/" + make_link(shop.business_id, "buyer-1").url.partition("/my/")[2]


def _pay(page: Page, channel: Any = None) -> None:
    if channel:
        page.get_by_role("radio", name=channel).check()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.locator("button[value=pay]").click()


def test_paying_runs_from_right_to_left(page: Page, look: Callable[[str], None], portal: str, shop: Shop) -> None:
    bank = {"account_holder": "Shop Ltd", "bank_name": "First Bank", "account_number": ACCOUNT_NUMBER, "pay_days": "7"}
    manage_channels.add_channel_account(shop.business_id, channel="offline", name="Bank", values=bank)

    page.goto(_session(shop, portal))
    expect(page.locator("button[value=pay]")).to_be_visible()
    look("form")
    _pay(page, re.compile("Bank|بنك|مصرف"))
    expect(page.get_by_text(ACCOUNT_NUMBER)).to_be_visible()
    look("bank")

    page.goto(_session(shop, portal, 1))
    address = page.url
    page.locator("button[value=pay]").click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    newest = select(PaymentAttempt.id).order_by(PaymentAttempt.created_at.desc()).limit(1)
    attempt_id = shop.one(newest).id
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    page.goto(address)
    expect(page.locator("[data-status=succeeded]")).to_be_visible()
    look("success")

    order_id = shop.one(select(Order.id).order_by(Order.created_at.desc()).limit(1)).id
    expect(page.locator("main")).to_contain_text(shop.order(order_id).number)
    shop.refund(order_id, 100)
    shop.work_off()
    page.goto(f"{_owned(shop, portal)}/receipts/{show('ord', order_id)}")
    look("receipt")


def test_what_a_buyer_owns_runs_from_right_to_left(
    page: Page, look: Callable[[str], None], portal: str, shop: Shop
) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 123_456)
    sell(shop, "licence_key")
    add_licence_keys(shop.business_id, shop.product_id, shop.sku_id, [KEY])
    shop.paid_order()

    page.goto(_owned(shop, portal))
    expect(page.get_by_text(KEY)).to_be_visible()
    look("owned")


def test_errors_run_from_right_to_left(page: Page, look: Callable[[str], None], portal: str) -> None:
    for path in ("/c/ses_nothing", "/my/nothing", "/b/cfg_nothing"):
        page.goto(portal + path)
        look("error" + path.replace("/", "-"))
