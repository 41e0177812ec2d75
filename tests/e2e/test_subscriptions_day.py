"""By mouse: what contracts are worth, from a number to one of its contracts; and what a refusal leads to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import mail
from app.core.ids import show
from app.workflow.subscriptions import change_contract
from tests.e2e.navigation import go
from tests.factories.contracts import DAY, MONTH, agree, plan_of, sign, sign_at
from tests.factories.shop import Shop

SHOTS = os.environ.get("SHOTS")


@pytest.fixture
def grown(shop: Shop) -> Shop:
    """Three months of a business: buyers sign, one more each month, one leaves, and one cannot pay."""
    shop.keep_wallets()
    gold, trial = plan_of(shop), plan_of(shop, unit_minor=2500, trial_days=7)
    first = None
    for month in range(3):
        for number in range(month + 2):
            shop.fund(f"buyer-{month}-{number}", 1500 if number else 90_000)
            signed = sign(shop, trial if number == 0 else gold, buyer=f"buyer-{month}-{number}")
            first = first or signed
        shop.advance(MONTH)
    assert first is not None
    change_contract.cancel_now(shop.business_id, first, actor="test")
    shop.advance(DAY)
    return shop


@pytest.mark.timeout(240)
def test_a_number_leads_to_its_contracts(grown: Shop, portal: str, enter: Callable[..., Page]) -> None:
    page = enter(grown, "owner", 1280)
    go(page, "Subscription metrics")
    expect(page.get_by_role("heading", level=1, name="Subscription metrics")).to_be_visible()
    for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")):
        _shot(page, f"metrics-{width}-{scheme}", width=width, scheme=scheme)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), (width, scheme)

    table = page.get_by_role("table").first
    table.get_by_role("row").nth(2).get_by_role("link").first.click()
    expect(table.locator("[aria-current]")).to_have_count(1)
    page.get_by_role("link", name="left").click()
    expect(page.get_by_role("heading", level=1, name="Churn")).to_be_visible()
    for width, scheme in ((1280, "light"), (360, "dark")):
        _shot(page, f"behind-{width}-{scheme}", width=width, scheme=scheme)
    page.goto(f"{portal}/portal/contract_metrics/mrr?currency=USD")
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    assert started.value.suggested_filename == "contracts-mrr.csv"
    page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_text("Next payment").first).to_be_visible()


def _shot(page: Page, name: str, *, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.timeout(180)
def test_what_follows_a_refusal_is_read_on_both_pages(
    shop: Shop, portal: str, enter: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "is_on", lambda: True)
    plan_id = plan_of(shop)
    contract_id = sign_at(shop, plan_id)
    agree(shop, contract_id)
    page = enter(shop, "owner", 1280)

    for name, path in (
        ("plan", f"plans/{show('plan', plan_id)}"),
        ("contract", f"contracts/{show('con', contract_id)}"),
    ):
        page.goto(f"{portal}/portal/{path}")
        steps = page.get_by_role("listitem").filter(has_text="Try")
        expect(steps).to_have_count(4)
        expect(page.get_by_text("The contract ends", exact=False).first).to_be_visible()
        for width, scheme in ((1280, "light"), (360, "dark")):
            _shot(page, f"retries-{name}-{width}-{scheme}", width=width, scheme=scheme)
            assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), (name, width)
