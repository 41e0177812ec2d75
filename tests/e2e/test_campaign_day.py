"""Marketing runs a win-back and reads its result, with the mouse, at both widths."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core.ids import parse
from app.domain.marketing.models import Coupon
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.workflow.marketing import run_campaigns
from app.workflow.orders import place_order
from tests.e2e import pictures
from tests.factories.coupons import active_template
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_marketing_runs_a_win_back_and_reads_its_result(
    clock: ModuleType, shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    active_template(shop.business_id)
    for name in ("ann", "bob"):
        shop.paid_order(buyer=name)
    clock.move(95 * 86_400)
    page = enter(shop, "owner", width)

    page.goto(f"{portal}/portal/campaigns")
    page.get_by_role("link", name="New campaign").first.click()
    pictures.keep(page, f"campaign-new-{width}", full_page=True)
    page.get_by_role("link", name="Win back").click()
    page.get_by_label("Name").fill("We miss you")
    page.get_by_label("Holdout").fill("0")
    pictures.keep(page, f"campaign-form-{width}", full_page=True)
    page.get_by_role("button", name="Create campaign").click()
    reach = page.locator(".card", has=page.get_by_role("heading", name="Would reach now"))
    expect(reach).to_contain_text("2 buyers")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Started. Coupons go out within a few minutes.")).to_be_visible()

    run_campaigns.run(shop.business_id, parse("cmp", page.url.rpartition("/")[2]))
    _use(shop, "ann")
    page.reload()
    results = page.locator(".card", has=page.get_by_role("heading", name="Results"))
    expect(results).to_contain_text("Used by paid orders")
    expect(results).to_contain_text("$9.00")
    pictures.keep(page, f"campaign-results-{width}", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    results.get_by_role("link", name="2").first.click()
    expect(page.get_by_role("cell", name="ann")).to_be_visible()
    pictures.keep(page, f"campaign-buyers-{width}", full_page=True)


def _use(shop: Shop, buyer: str) -> None:
    [row] = shop.many(select(Coupon).where(Coupon.buyer_reference == buyer))
    command = PlaceOrderCommand(
        items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference=buyer), coupon_codes=[row.code]
    )
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
