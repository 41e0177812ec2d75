"""Support's day with cases: what the alert led to, one case mended, the rest of the list worked off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core.ids import show
from app.domain.reconciliation.models import Case
from tests.e2e import pictures
from tests.factories.cases import open_case
from tests.factories.shop import Shop
from tests.workflow.reconciliation.test_mend_case import mismatched

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_support_works_the_inbox_until_it_is_empty(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    order_id, mended = mismatched(shop)
    for _ in range(3):
        open_case(shop, "points_spent")
    support = enter(shop, "support", width)

    # One case, by the link of its alert: what it would do is said before it is done.
    support.goto(f"{portal}/portal/cases/{show('case', mended)}")
    expect(support.get_by_text("they reported $9.99")).to_be_visible()
    expect(support.get_by_text("Refunds $10.00 to the buyer")).to_be_visible()
    suggested = support.get_by_role("region", name="Suggested actions")
    suggested.get_by_label("Reason").fill("The company is wrong")
    pictures.keep(support, f"case-{width}", full_page=True)
    suggested.get_by_role("button", name="Refund the order").click()
    expect(support.get_by_text("Refund started.")).to_be_visible()
    expect(support.get_by_text("refund_rest: The company is wrong")).to_be_visible()

    # The others, ticked in the list: assigned, then resolved after a look.
    support.goto(f"{portal}/portal/cases?kind=points_spent")
    _tick_all(support, 3)
    pictures.keep(support, f"cases-{width}", full_page=True)
    support.get_by_role("button", name="Assign", exact=True).click()
    expect(support.get_by_role("heading", level=1)).to_contain_text("Assign: 3 cases")
    support.get_by_label("Assigned to").select_option(label="Pat Example")
    support.get_by_role("button", name="Assign", exact=True).click()
    expect(support.locator(".pill", has_text="Done")).to_have_count(3)
    support.get_by_role("link", name="Cases").last.click()
    support.goto(f"{portal}/portal/cases?kind=points_spent")
    _tick_all(support, 3)
    support.get_by_role("button", name="Resolve", exact=True).click()
    support.get_by_label("Reason").fill("Goodwill")
    pictures.keep(support, f"cases-bulk-{width}", full_page=True)
    support.get_by_role("button", name="Resolve", exact=True).click()
    expect(support.locator(".pill", has_text="Done")).to_have_count(3)
    pictures.keep(support, f"cases-done-{width}", full_page=True)

    kinds = shop.many(select(Case.kind, Case.status, Case.assignee_id).where(Case.kind == "points_spent"))
    assert [(row.status, row.assignee_id is None) for row in kinds] == [("resolved", False)] * 3
    assert [refund.amount_minor for refund in shop.refunds(order_id)] == [1000]


def _tick_all(page: Page, count: int) -> None:
    for box in page.get_by_role("checkbox", name="Select case_").all()[:count]:
        box.check()
