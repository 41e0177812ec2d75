"""Rules about refunds by mouse: a rule is written, a refund is held by it, and a second person sees why and decides."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core.ids import show
from tests.factories.risk import decisions, make_rule_set, refund_rule
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_refund_is_held_and_decided_by_a_second_person(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    order_id = shop.paid_order()
    make_rule_set(shop, refund_rule("approval", name="Serial refunds", score=40), to="on")
    member = enter(shop, "owner", width)

    # A rule about refunds is written.
    member.goto(f"{portal}/portal/risk/rules")
    member.get_by_label("Name").fill("Refunds")
    member.get_by_label("Refund abuse").check()
    member.get_by_label("Refund abuse").press("Enter")
    expect(member.get_by_role("heading", level=1)).to_contain_text("Refunds")
    member.get_by_label("Name").fill("Large refunds")
    member.get_by_label("About").select_option(label="Requests for refunds")
    member.get_by_label("When").select_option(label="Amount of the refund")
    member.get_by_label("Value").first.fill("10000 USD")
    member.get_by_label("Then").select_option(label="Ask for an approval (refunds)")
    _picture(member, f"refund-rules-{width}")
    member.get_by_role("button", name="Add rule").click()
    expect(member.get_by_text("Rule added.")).to_be_visible()

    # A refund that the rule set on holds.
    member.goto(f"{portal}/portal/orders/{show('ord', order_id)}")
    member.get_by_role("link", name="Refund", exact=True).or_(member.get_by_role("button", name="Refund")).first.click()
    member.get_by_role("button", name="Review refund").click()
    member.get_by_role("button", name="Refund").last.click()
    expect(member.get_by_text("Approval requested for this refund.")).to_be_visible()
    approval = member.url

    # The other sees why, and decides.
    other = enter(shop, "owner", width)
    other.goto(approval)
    expect(other.get_by_role("link", name="Serial refunds")).to_be_visible()
    _picture(other, f"refund-approval-{width}")
    other.get_by_role("link", name="Serial refunds").click()
    expect(other.get_by_text("Facts as they were")).to_be_visible()
    _picture(other, f"refund-decision-{width}")
    other.go_back()
    other.get_by_label("Reason").fill("Known to us")
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Approved and completed.")).to_be_visible()
    assert [row.result for row in decisions(shop)] == ["approval"]
    assert len(shop.refunds(order_id)) == 1

    other.goto(f"{portal}/portal/risk/decisions?subject=refund")
    expect(other.get_by_text("Serial refunds")).to_be_visible()
    _picture(other, f"refund-decisions-{width}")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_refund_to_the_balance_is_said_before_it_is_made(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    order_id = shop.paid_order()
    shop.keep_wallets()
    make_rule_set(shop, refund_rule("wallet_only", name="Serial refunds"), to="on")
    member = enter(shop, "owner", width)

    member.goto(f"{portal}/portal/orders/{show('ord', order_id)}")
    member.get_by_role("link", name="Refund", exact=True).or_(member.get_by_role("button", name="Refund")).first.click()
    member.get_by_role("button", name="Review refund").click()
    expect(member.get_by_text("Your rules send this refund to the buyer’s balance")).to_be_visible()
    _picture(member, f"refund-balance-review-{width}")
    member.get_by_role("button", name="Refund").last.click()
    expect(member.get_by_text("To the balance")).to_be_visible()
    _picture(member, f"refund-balance-order-{width}")

    assert shop.refund_attempt(shop.refunds(order_id)[0].id).channel == "wallet"


def _picture(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if not SHOTS:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
