"""A bill of the payment company, read with the mouse and asked for again."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import db
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.bills import Bill, BillRow
from app.domain.payments.channel_bills import service
from app.domain.payments.channels.types import BillTimes
from app.workflow.payments.bills import compare_bills
from tests.e2e import pictures
from tests.factories.bills import Bills
from tests.factories.disputes import paid_attempt
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS")
TIMES = BillTimes(zone="UTC", ready_hour=0)


@pytest.mark.parametrize("width", [1280, 360])
def test_finance_reads_a_bill_and_asks_for_it_again(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    bills = Bills(shop)
    day = bills.day - timedelta(days=1)
    keep_yesterdays_bill(shop, bills)
    finance = enter(shop, "finance", width)

    finance.goto(f"{portal}/portal/channel-bills")
    expect(finance.locator("tr", has_text=str(day)).get_by_text("Fetched")).to_be_visible()
    _picture(finance, f"bills-{width}")
    finance.get_by_role("link", name=str(day)).click()
    expect(finance.get_by_role("heading", name="Totals in USD")).to_be_visible()
    differences = finance.get_by_role("region", name="Compared with our books")
    expect(differences.get_by_text("Not in our books")).to_have_count(2)
    expect(differences.get_by_text("Another amount")).to_be_visible()
    _picture(finance, f"bill-{width}")
    pictures.keep(finance, f"bill-differences-{width}", full_page=True)
    finance.get_by_role("button", name="Fetch again").click()
    expect(finance.get_by_text("within a minute")).to_be_visible()
    _picture(finance, f"bill-asked-{width}")

    assert bills.one(day).next_attempt_at is not None


def keep_yesterdays_bill(shop: Shop, bills: Bills) -> None:
    """The bill of yesterday: a payment of which we have another amount, a refund of a part and a payment that we do not
    have."""
    day = bills.day - timedelta(days=1)
    with db.phase("test.bill", shop.business_id):
        service.expect_bill(shop.account_id, day, TIMES)
        service.expect_bill(shop.account_id, bills.day, TIMES)
    row = bills.one(day)
    at = row.ready_at - timedelta(hours=3)
    usd = {"charge": (Money(1980, "USD"), Money(12, "USD")), "refund": (Money(500, "USD"), Money(-3, "USD"))}
    ours, nobodys = show("att", paid_attempt(shop)[1]), show("att", new_id())
    numbers = [("charge", ours, ours), ("refund", "R-20411", ours), ("charge", nobodys, nobodys)]
    rows = tuple(
        BillRow(
            kind=kind, our_ref=our_ref, charge_ref=charge_ref, channel_ref=f"PP-93144{number}", amount=usd[kind][0],
            fee=usd[kind][1], at=at,
        )
        for number, (kind, our_ref, charge_ref) in enumerate(numbers)
    )  # fmt: skip
    with db.phase("test.bill", shop.business_id):
        service.keep(row, Bill(day=day, status="ready", rows=rows, sha256="5e" * 32))
    compare_bills.compare(shop.business_id, row.id)


def _picture(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if not SHOTS:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
