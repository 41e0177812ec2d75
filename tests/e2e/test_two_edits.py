"""Two people who edit one thing at once, each in a window of their own: the second sees what the first has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories.shop import Shop

pytestmark = pytest.mark.timeout(240)
SHOTS = os.environ.get("SHOTS")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_second_sees_what_the_role_says_now(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    first, second = enter(shop, "owner", width), enter(shop, "owner", width)
    first.goto(f"{portal}/portal/team/roles/new")
    first.get_by_label("Name", exact=True).fill("First line")
    first.get_by_label("View orders", exact=True).check()
    first.get_by_role("button", name="Create role").click()
    for page in (first, second):
        page.goto(f"{portal}/portal/team/roles")
        page.get_by_role("link", name="First line").first.click()
        expect(page.get_by_role("heading", level=1, name="First line")).to_be_visible()

    first.get_by_label("View products, prices and stock").check()
    first.get_by_label("Refunds up to").fill("USD 50.00")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_text("Saved.")).to_be_visible()
    second.get_by_label("Name", exact=True).fill("Front desk")
    second.get_by_role("button", name="Save").click()

    notice = second.get_by_role("note").filter(has_text="The role says now")
    for text in ("First line", "USD 50.00", "Also allowed now", "View products, prices and stock"):
        expect(notice.get_by_text(text).first).to_be_visible()
    expect(second.get_by_label("Name", exact=True)).to_have_value("Front desk")
    assert _spill(second) <= 0
    _picture(second, f"role-conflict-{width}")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_text("Saved.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_second_sees_what_the_appearance_says_now(
    shop: Shop, portal: str, enter: Callable[..., Page], width: int
) -> None:
    first, second = enter(shop, "owner", width), enter(shop, "developer", width)
    for page in (first, second):
        page.goto(f"{portal}/portal/appearance")

    for page, theme in ((first, "Flat"), (second, "Paper")):
        page.locator("label.look-theme").filter(has_text=theme).click()
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_load_state()
    expect(first.get_by_text("Saved.")).to_be_visible()

    notice = second.get_by_role("note").filter(has_text="The appearance says now")
    expect(notice.get_by_text("Flat", exact=True)).to_be_visible()
    assert _spill(second) <= 0
    _picture(second, f"appearance-conflict-{width}")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_text("Saved.")).to_be_visible()


def _spill(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _picture(page: Page, name: str) -> None:
    """For people who draw these pages: SHOTS names a folder."""
    if SHOTS:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(SHOTS, f"{name}-{scheme}.png"))
