"""An owner copies what the test business has into the live one, by mouse, and sees beforehand what would change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from app.workflow.catalog.manage_categories import create_category
from app.workflow.payments.manage_routing import RoutingRuleCommand, add_rule
from app.workflow.webhooks.manage_webhooks import EndpointCommand, create_endpoint
from tests.e2e import pictures
from tests.factories.live import make_live
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
URL = "https://hooks.example/payments/notifications-of-the-shop"


@pytest.mark.parametrize("width", [1280, 360])
def test_things_of_test_are_taken_over(shop: Shop, portal: str, enter: Callable[..., Page], width: int) -> None:
    live = replace(shop, business_id=make_live(shop.business_id))
    create_category(shop.business_id, code="games", name="Games")
    create_category(live.business_id, code="games", name="Old games")
    create_endpoint(shop.business_id, EndpointCommand(url=URL, topics=["order.*"]), actor="test")
    add_rule(shop.business_id, RoutingRuleCommand(name="Pretend", weights={shop.account_id: 1}))
    page = enter(live, "owner", width)
    page.goto(f"{portal}/portal/settings")
    page.get_by_role("main").get_by_role("link", name="Copy from test").click()
    expect(page.get_by_text("Old games")).to_be_visible()
    expect(page.get_by_text("Live has no channel account")).to_be_visible()
    pictures.keep(page, f"copy-into-live-{width}", full_page=True)

    page.get_by_role("button", name="Copy chosen parts").click()

    expect(page.get_by_text("Copied. Secret:")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    pictures.keep(page, f"copied-{width}", full_page=True)
    page.goto(f"{portal}/portal/settings/copy")
    expect(page.get_by_text("Old games")).to_have_count(0)
    expect(page.get_by_role("button", name="Copy chosen parts")).to_have_count(0)
