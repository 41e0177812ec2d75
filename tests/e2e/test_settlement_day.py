"""A week of a shop that shares its revenue, with the mouse: a partner, a rule, a sale, a refund, and the money's way to
the partner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.core.ids import parse, show
from app.core.last_read import LastRead
from app.domain.settlement.batches.models import SettlementBatch
from app.workflow.orders.complete_orders import complete_order
from tests.e2e import both_looks, pictures
from tests.factories.partners import partner_ids
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
_SECTIONS = ("partners", "split-rules", "settlement-batches", "clearing", "settlement-holds", "holidays")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_partner_is_named_in_a_rule_and_is_paid(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    maker, checker = enter(shop, "finance", width), enter(shop, "owner", width)

    maker.goto(f"{portal}/portal/partners")
    maker.locator("#main").get_by_role("link", name="New partner").first.click()
    maker.get_by_label("Name", exact=True).fill("Ada Studio")
    maker.get_by_label("Kind").select_option(label="Author")
    maker.get_by_role("button", name="Add partner").click()
    expect(maker.get_by_role("heading", level=1)).to_contain_text("Ada Studio")
    partner = maker.url

    maker.get_by_label("Account holder").fill("Ada Example")
    maker.get_by_label("IBAN or account number").fill("DE89 3704 0044 0532 0130 00")
    maker.get_by_role("button", name="Request").click()
    _approve(maker, checker)

    maker.goto(f"{portal}/portal/split-rules")
    maker.locator("#main").get_by_role("link", name="New rule").first.click()
    maker.get_by_label("Name", exact=True).fill("Authors")
    maker.locator("#party_1").select_option(label="Ada Studio")
    maker.locator("#percent_1").fill("70")
    maker.get_by_role("button", name="Save draft").click()
    maker.locator("#try-amount").fill("24")
    maker.get_by_role("button", name="Calculate").click()
    expect(maker.get_by_text("$16.80").first).to_be_visible()
    maker.get_by_role("button", name="Request approval").click()
    expect(_seen_by(maker, checker).get_by_text("70%")).to_be_visible()
    pictures.keep(checker, f"approval-{width}", full_page=True)
    _approve(maker, checker)

    order_id = shop.paid_order()
    complete_order(shop.business_id, order_id, actor="test", then=LastRead(lambda: None))
    shop.work_off()
    maker.goto(f"{portal}/portal/orders/{show('ord', order_id)}")
    expect(maker.locator("#shares").get_by_text("70% of $10.00")).to_be_visible()

    maker.goto(partner)
    pictures.keep(maker, f"partner-{width}", full_page=True)
    maker.get_by_role("button", name="Close a batch of $7.00").click()
    expect(maker.get_by_role("heading", level=1)).to_contain_text("Ada Studio, number 1")
    batch = maker.url
    maker.locator("summary", has_text="Statement").click()
    with maker.expect_download() as statement:
        maker.get_by_role("button", name="CSV").click()
    maker.locator("summary", has_text="Statement").click()
    assert "total" in Path(statement.value.path()).read_text()
    pictures.keep(maker, f"batch-{width}", full_page=True)
    maker.get_by_role("button", name="Request payment").click()
    _approve(maker, checker)
    paid = select(SettlementBatch.transaction_id).where(SettlementBatch.id == parse("sba", batch.rpartition("/")[2]))
    shop.poll(shop.refund_attempt(shop.one(paid).transaction_id).id)
    maker.goto(batch)
    expect(maker.locator("#main").get_by_text("Paid", exact=True).first).to_be_visible()
    pictures.keep(maker, f"batch-paid-{width}", full_page=True)

    maker.goto(partner)
    expect(maker.get_by_role("button", name="Close a batch")).to_have_count(0)


def test_its_pages_look_right_wide_and_narrow_by_day_and_night(
    shop: Shop, portal: str, enter: Callable[..., Page], browser: Browser
) -> None:
    known = partner_ids(shop)
    signed = enter(shop, "owner", 1280)
    context = both_looks.new_context(browser)
    context.add_cookies(signed.context.cookies())
    page = context.new_page()
    links = [f"{portal}/portal/{each}" for each in _SECTIONS]
    links += [
        f"{portal}/portal/partners/{known['partner_id']}",
        f"{portal}/portal/split-rules/{known['split_rule_id']}",
        f"{portal}/portal/split-rules/{known['split_rule_id']}/what-if",
        f"{portal}/portal/settlement-batches/{known['settlement_batch_id']}",
        f"{portal}/portal/settlement-holds/new",
        f"{portal}/portal/settlement-holds/{known['settlement_hold_id']}",
    ]

    wrong = {}
    for address in links:
        assert both_looks.open_wide(page, address) == 200
        pictures.keep(page, "page-" + address.rpartition("/portal/")[2].replace("/", "-")[-24:], full_page=True)
        wrong |= {f"{address}: {each}": 1 for each in both_looks.wrong(page)}

    assert wrong == {}
    context.close()


def _seen_by(maker: Page, checker: Page) -> Page:
    """The other person looks at what the first one asked for."""
    expect(maker.get_by_text("another person must decide").first).to_be_visible()
    checker.goto(maker.url)
    return checker


def _approve(maker: Page, checker: Page) -> None:
    _seen_by(maker, checker).get_by_label("Your reason").fill("As agreed")
    checker.get_by_role("button", name="Approve").click()
    expect(checker.get_by_text("Approved and completed.")).to_be_visible()
