"""A support day: find the order behind a number, understand what happened, refund with a second person's approval."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.core.ids import show
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from tests.e2e import pictures
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_buyer_calls_and_gets_part_of_the_money_back(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    set_approval_limits(shop.business_id, {"refund": {"USD": 500}})
    order_id, number = _paid_order(shop)
    support, finance = enter(shop, "support", width), enter(shop, "finance", width)

    # Found by the number on the buyer's statement.
    support.get_by_label("Find an order by number, ID, email, phone or buyer").fill(number)
    support.keyboard.press("Enter")
    support.locator("[data-row]").get_by_role("link", name="$20.00").click()
    expect(support).to_have_url(f"{portal}/portal/orders/{show('ord', order_id)}")
    where = support.get_by_role("img", name="Current state: fulfilled. Possible next states: completed, refunding.")
    expect(where).to_have_count(1)  # the image for this width alone
    pictures.keep(support, f"support-order-{width}")

    # Understood: what the channel said, and the whole chain.
    support.get_by_role("navigation", name="Event types").get_by_role("link", name="Payments").click()
    expect(support.locator("#timeline").get_by_text("Order placed")).to_have_count(0)
    expect(support.locator("#timeline").get_by_text("Payment succeeded at Pretend Pay")).to_be_visible()
    support.locator("#main").get_by_role("link", name="Trace").click()
    expect(support.locator("#steps").get_by_text(number)).to_be_visible()
    if width > 640:
        expect(support.locator("svg.chain").get_by_role("link", name="Payment, $20.00, succeeded")).to_be_visible()
    pictures.keep(support, f"support-trace-{width}")

    # Refunded: over the limit, so somebody else approves.
    support.go_back()
    support.get_by_label("A part", exact=True).check()
    support.get_by_role("textbox", name="Amount").fill("6.00")
    support.get_by_label("Goodwill").check()
    support.get_by_role("button", name="Review refund").click()
    support.get_by_role("button", name="Refund $6.00").click()
    expect(support.get_by_text("You, one of your keys")).to_be_visible()
    finance.goto(f"{portal}/portal/approvals")
    finance.get_by_role("link", name="Refund $6.00").click()
    finance.get_by_label("Your reason").fill("Known customer")
    pictures.keep(finance, f"support-approval-{width}")
    finance.get_by_role("button", name="Approve").click()
    expect(finance.get_by_text("Approved and completed.")).to_be_visible()

    support.goto(f"{portal}/portal/orders/{show('ord', order_id)}")
    expect(support.get_by_role("heading", level=1)).to_contain_text("Partly refunded")
    assert [refund.amount_minor for refund in shop.refunds(order_id)] == [600]


def _paid_order(shop: Shop) -> tuple[uuid.UUID, str]:
    """An order of 20.00 that was paid and delivered, and the number that the channel gave its payment."""
    order_id = shop.place(2, buyer="ada")
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id, str(shop.attempt(attempt_id).channel_ref)
