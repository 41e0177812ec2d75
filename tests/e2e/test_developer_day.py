"""A developer's day in the portal: a key, an endpoint, a test event, a replay, and what the request log has of it.

docs/how-to/build-against-the-api.md shows what it looks like.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from ops.testing.stack import Stack
from tests.e2e import pictures
from tests.e2e.test_portal import _sign_in
from tests.factories.receiver import receiver

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_from_a_key_to_the_request_log(
    browser: Browser, stack: Stack, wait_until: Callable[..., None], width: int, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme, locale="en-US")
    page = context.new_page()
    name = f"Till {width}"
    _sign_in(page, stack)

    secret = _make_key(page, stack, name)
    refused = _call(stack, secret, "/v1/refunds")
    _call(stack, secret, "/v1/orders")
    with receiver() as shop:
        _make_endpoint(page, stack, shop, name)
        page.get_by_role("button", name="Send test").click()
        expect(page.get_by_text("Test sent")).to_be_visible()  # or reloading would cut it off
        _until_listed(page, wait_until, 1)
        pictures.keep(page, f"developer-endpoint-{width}", full_page=True)
        page.get_by_role("link", name="webhook.test").first.click()
        expect(page.get_by_text("Attempt 1")).to_be_visible()
        page.get_by_role("button", name="Send again").click()
        wait_until(lambda: len(shop.received) == 2, limit_s=60)
    assert [event["type"] for event in shop.received] == ["webhook.test"] * 2
    assert shop.received[0]["id"] == shop.received[1]["id"]

    _find_refused(page, stack, wait_until, name)
    pictures.keep(page, f"developer-requests-{width}", full_page=True)
    page.get_by_role("link", name="GET /v1/refunds").first.click()
    expect(page.get_by_text(refused, exact=False).first).to_be_attached()
    expect(page.get_by_role("link", name="denied")).to_be_visible()
    expect(page.get_by_text('"detail": "This needs the permission refunds.read."')).to_be_visible()
    pictures.keep(page, f"developer-request-{width}", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def _make_key(page: Page, stack: Stack, name: str) -> str:
    page.goto(f"{stack.url}/portal/keys/new")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Restricted, for your servers").check()
    page.get_by_role("radiogroup", name="Orders").get_by_label("Read").check()
    width = page.viewport_size["width"] if page.viewport_size else 0
    pictures.keep(page, f"developer-key-{width}", full_page=True)
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_text("This key is shown only once.")).to_be_visible()
    return page.locator(".secret code").inner_text()


def _make_endpoint(page: Page, stack: Stack, shop: Any, name: str) -> None:
    page.goto(f"{stack.url}/portal/webhooks/new")
    page.get_by_label("URL").fill(shop.url)
    page.get_by_label("Description").fill(f"Shop of {name}")
    page.get_by_role("button", name="Create endpoint").click()
    shop.secret = page.locator(".secret code").inner_text()
    page.get_by_role("link", name="I’ve copied it").click()


def _until_listed(page: Page, wait_until: Callable[..., None], count: int) -> None:
    def is_there() -> bool:
        page.reload()
        return page.locator("#delivery-list tbody").get_by_text("Delivered", exact=True).count() >= count

    wait_until(is_there, limit_s=60)


def _find_refused(page: Page, stack: Stack, wait_until: Callable[..., None], name: str) -> None:
    """The log is written a moment after the answer."""

    def is_there() -> bool:
        page.goto(f"{stack.url}/portal/requests?view=refused")
        return page.locator("#requests-list tbody tr").filter(has_text=name).count() == 1

    wait_until(is_there, limit_s=60)


def _call(stack: Stack, secret: str, path: str) -> str:
    """Call as a program would; the request's id."""
    return str(httpx.get(stack.url + path, headers={"Authorization": f"Bearer {secret}"}).headers["X-Request-Id"])
