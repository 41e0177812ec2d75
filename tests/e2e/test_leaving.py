"""A business leaves, by mouse: an archive of its data, closing by two people, erasure by two people."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.core import clock, db
from app.core.ids import parse
from app.domain.accounts.business.models import Approval
from app.workflow.accounts.approvals import decide_approval
from app.workflow.insights import make_export
from tests.e2e import pictures
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_it_is_archived_closed_and_erased(shop: Shop, portal: str, enter: Callable[..., Page], width: int) -> None:
    order_id = shop.paid_order()
    shop.work_off()
    ann, ben = (enter(shop, "owner", width) for _ in range(2))
    _archive(ann, portal, shop, width)

    _request(ann, portal, "Request closure", "Close this business for good")
    _picture(ann, f"closing-asked-{width}")
    _approve(ben, ann, shop, width)
    ann.goto(f"{portal}/portal/settings")
    expect(ann.get_by_text("This business is closed.").first).to_be_visible()
    _picture(ann, f"closed-settings-{width}")

    _request(ann, portal, "Request erasure", "Erase the data of this business for good")
    _picture(ann, f"erasure-asked-{width}")
    _approve(ben, ann, shop, width)

    ann.goto(f"{portal}/portal/orders")
    _picture(ann, f"erased-{width}")
    expect(ann.get_by_role("heading", level=1, name="Orders")).to_have_count(0)
    assert shop.order(order_id).buyer_reference.startswith("erased_")


def _archive(page: Page, portal: str, shop: Shop, width: int) -> None:
    page.goto(f"{portal}/portal/settings")
    page.get_by_role("main").get_by_role("link", name="Export or close").click()
    expect(page.get_by_role("heading", level=1, name="Export or close")).to_be_visible()
    _picture(page, f"leaving-{width}")
    page.get_by_role("button", name="Export all data").click()
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_be_visible()
    _picture(page, f"archive-asked-{width}")
    for row in shop.many(text("SELECT id FROM exports WHERE finished_at IS NULL")):
        while make_export.work(shop.business_id, row.id):
            pass
    page.goto(f"{portal}/portal/exports")
    expect(page.get_by_role("main").get_by_role("button", name="Download").first).to_be_visible()
    _picture(page, f"archive-there-{width}")


def _request(page: Page, portal: str, button: str, sure: str) -> None:
    page.goto(f"{portal}/portal/close")
    form = page.get_by_role("button", name=button).locator("xpath=ancestor::form")
    form.get_by_label("Reason").fill("The owners retire.")
    form.get_by_label(sure).check()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _approve(ben: Page, ann: Page, shop: Shop, width: int) -> None:
    """Ben approves what Ann has asked for, and the waiting time passes."""
    found = re.search(r"/approvals/(apr_\w+)", ann.url)
    assert found, ann.url
    ben.goto(ann.url)
    _picture(ben, f"approve-{width}")
    ben.get_by_label("Your reason").fill("As agreed")
    ben.get_by_role("button", name="Approve", exact=True).click()
    expect(ben.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    _let_wait(shop, parse("apr", found[1]))
    assert decide_approval.carry_out(shop.business_id, parse("apr", found[1])) == "done"


def _let_wait(shop: Shop, approval_id: uuid.UUID) -> None:
    with db.phase("test.waited", shop.business_id):
        db.write(db.change(Approval, approval_id, not_before=clock.actual()), expect=1)


def _picture(page: Page, name: str) -> None:
    box = page.locator("header.top").bounding_box() if page.locator("header.top").count() else None
    assert box is None or box["height"] < 100, "banners above it stretch the bar"
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    pictures.keep(page, name, full_page=True)
