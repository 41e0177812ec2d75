"""Somebody who sells alone: finds the money on the bank account, confirms it alone, and it counts after the delay."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core.ids import show
from app.domain.accounts.business.models import Membership
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from tests.e2e import pictures
from tests.factories.people import Login, set_up_app
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_only_owner_confirms_a_bank_transfer(
    shop: Shop, portal: str, enter: Callable[..., Page], clock: ModuleType, width: int
) -> None:
    shop.take_transfers()
    set_approval_limits(shop.business_id, {}, decides_alone=True, alone_waits_h=1)
    order_id = shop.place()
    attempt_id = shop.pay(order_id, channel="offline")
    page = enter(shop, "owner", width)
    [member] = shop.many(select(Membership.user_id))
    set_up_app(Login(member.user_id, "", ""))

    page.goto(f"{portal}/portal/approvals/limits")
    expect(page.get_by_label("Decide alone while I am the only owner")).to_be_checked()
    _picture(page, f"alone-limits-{width}")
    page.goto(f"{portal}/portal/bank-transfers/{show('att', attempt_id)}")
    page.get_by_label("Amount", exact=False).first.fill("10.00")
    page.get_by_label("Bank reference").fill("B 4711")
    page.get_by_role("button", name="Record").click()
    _picture(page, f"alone-transfer-{width}")
    page.get_by_role("button", name="Confirm alone").click()

    expect(page.get_by_text("The delay has begun.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bank transfer $10.00")
    expect(page.get_by_role("button", name="Cancel request")).to_be_visible()
    _picture(page, f"alone-approval-{width}")
    before = shop.order(order_id).status
    clock.move(3660)
    decide_approval.sweep_approvals()
    shop.work_off()
    assert (before, shop.order(order_id).status) == ("paying", "fulfilled")


def _picture(page: Page, name: str) -> None:
    page.wait_for_load_state()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"
    pictures.keep(page, name, full_page=True)
