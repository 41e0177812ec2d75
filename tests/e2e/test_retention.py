"""For how long data is kept, by mouse: what would go is said before it is saved, and the choice can be put back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import db
from app.read.accounts.settings import settings
from app.workflow.operations import prune_personal
from tests.factories.request_logs import add_request
from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_shorter_period_is_counted_confirmed_and_put_back(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    for days in (1, 20, 25):
        add_request(shop, days=days)
    page = enter(shop, "owner", width)
    page.goto(f"{portal}/portal/privacy")
    _look(page, f"personal-data-{width}")
    page.get_by_role("link", name="Edit Retention").click()
    expect(page.get_by_role("heading", level=1, name="Retention")).to_be_visible()

    page.get_by_label("Request log").fill("14")
    page.get_by_label("Reason for the change").fill("Less is safer")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Rows of “Request log” that are removed or emptied for good: 2.")).to_be_visible()
    _look(page, f"retention-ahead-{width}")
    assert settings(shop.business_id).values["keep_requests_days"] == 30
    page.get_by_role("button", name="Save and confirm").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert prune_personal.prune_business(shop.business_id) == 2
    assert len(_requests(shop)) == 1

    page.goto(f"{portal}/portal/settings")
    _look(page, f"settings-{width}")
    page.get_by_role("main").get_by_role("link", name="History").click()
    page.get_by_role("link", name="Version 1").click()
    expect(page.get_by_text("Less is safer")).to_be_visible()
    _look(page, f"retention-version-{width}")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Version 2")).to_be_visible()
    assert settings(shop.business_id).values["keep_requests_days"] == 30


@pytest.mark.parametrize("width", [1280, 360])
def test_limits_of_channels_and_webhooks_are_set(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    page = enter(shop, "owner", width)
    page.goto(f"{portal}/portal/settings")

    page.get_by_role("link", name="Edit Webhooks").click()
    page.get_by_label("Attempts for each webhook").fill("4")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{portal}/portal/settings/payments")
    _look(page, f"payments-{width}")
    page.get_by_label("Channel accounts at most").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    values = settings(shop.business_id).values
    assert (values["webhook_attempts"], values["max_channel_accounts"], values["accounts_tried"]) == (4, 1, 3)


def _requests(shop: Shop) -> list[object]:
    table = db.Base.metadata.tables["request_logs"]
    return list(shop.many(table.select().where(table.c.business_id == shop.business_id)))


def _look(page: Page, name: str) -> None:
    """Nothing sticks out; for people who draw these pages, SHOTS names a folder."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if SHOTS:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")
