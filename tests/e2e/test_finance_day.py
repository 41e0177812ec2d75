"""A finance day: find the payments of a buyer, keep the view, take it out as a file, and check the file."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from ops.testing.stack import Stack
from tests.e2e import pictures

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_list_is_narrowed_kept_and_taken_out(
    browser: Browser, stack: Stack, wait_until: Callable[..., None], width: int, tmp_path: Path
) -> None:
    buyer = f"museum-{width}@example.com"
    paid = [_sell(stack, buyer, wait_until) for _ in range(2)]
    _order(stack, buyer)
    _refund(stack, paid[0], wait_until)
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US", accept_downloads=True)
    page = context.new_page()
    _sign_in(page, stack)

    page.goto(f"{stack.url}/portal/orders?view=paid")
    if width < 640:
        page.locator(".filters-fold summary").click()
    page.get_by_label("Find", exact=True).fill(buyer)
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("q="))  # the list is another one then, and so is its menu
    expect(page.locator("[data-row]")).to_have_count(2)
    _choose_columns(page, "Channel number", "Refunded", "Order ID")
    expect(page.locator("[data-row]").first).to_contain_text("PP")
    _save_view(page, f"Museum {width}")
    expect(page.get_by_role("link", name=f"Museum {width}")).to_have_attribute("aria-current", "page")
    pictures.keep(page, f"list-{width}")
    rows = list(csv.DictReader(_export(page, "csv", tmp_path).read_text("utf-8-sig").splitlines()))
    book = load_workbook(_export(page, "xlsx", tmp_path))
    table = [[cell.value for cell in row] for row in book.active.iter_rows()]

    assert [row["Order ID"] for row in rows] == paid[::-1]
    assert {row["Buyer"] for row in rows} == {buyer}
    assert [Decimal(row["Refunded"]) for row in rows] == [Decimal(0), Decimal("1.00")]
    assert sum(row[0] for row in table[1:]) == sum(Decimal(row["Amount"]) for row in rows)
    page.goto(f"{stack.url}/portal/refunds?q={buyer}")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("$1.00")
    context.close()


def test_rows_are_ticked_and_opened_by_the_keyboard(page: Page, stack: Stack) -> None:
    placed = [_order(stack, "keys@example.com")["id"] for _ in range(2)]
    _sign_in(page, stack)
    page.goto(f"{stack.url}/portal/orders?q=keys@example.com")
    expect(page.locator("[data-row]")).to_have_count(2)

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("2 selected")).to_be_visible()
    pictures.keep(page, "bulk")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Close: 2 orders")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("2 of 2 orders. Done: 2.")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{stack.url}/portal/orders/{placed[1]}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order ")


def _sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/portal/login")
    page.get_by_label("Email").fill(stack.demo["email"])
    page.get_by_label("Password").fill(stack.demo["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _choose_columns(page: Page, *titles: str) -> None:
    menu = page.locator(".list-tools details").nth(0)
    menu.locator("summary").click()
    for title in titles:
        menu.get_by_label(title, exact=True).check()
    menu.get_by_role("button", name="Apply").click()
    for title in titles:
        expect(page.locator("th", has_text=title).first).to_be_attached()


def _save_view(page: Page, name: str) -> None:
    menu = page.locator(".list-tools details").nth(1)
    menu.locator("summary").click()
    menu.get_by_label("Name").fill(name)
    menu.get_by_role("button", name="Save", exact=True).click()


def _export(page: Page, kind: str, folder: Path) -> Path:
    menu = page.locator(".list-tools details").nth(2)
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    menu.get_by_label("File").select_option(kind)
    with page.expect_download() as download:
        menu.get_by_role("button", name="Export").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def _order(stack: Stack, buyer: str) -> Any:
    body = {"line_items": [{"sku_id": stack.demo["sku_ids"][0], "quantity": 1}], "channel": "simulator"}
    return _call(stack, "POST", "/v1/orders", {**body, "buyer": {"reference": buyer, "email": buyer}})


def _sell(stack: Stack, buyer: str, wait_until: Callable[..., None]) -> str:
    order = _order(stack, buyer)
    url = f"{stack.simulator_url}/admin/payments/{order['payment']['attempt_id']}/approve"
    httpx.post(url, json={}, timeout=30).raise_for_status()
    path = f"/v1/orders/{order['id']}"
    wait_until(lambda: _call(stack, "GET", path)["status"] == "fulfilled", limit_s=60)
    return str(order["id"])


def _refund(stack: Stack, order_id: str, wait_until: Callable[..., None]) -> None:
    made = _call(stack, "POST", "/v1/refunds", {"order_id": order_id, "amount_minor": 100, "reason": "goodwill"})
    wait_until(lambda: _call(stack, "GET", f"/v1/refunds/{made['id']}")["status"] == "succeeded", limit_s=60)


def _call(stack: Stack, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": f"finance-{uuid4()}"}
    answer = httpx.request(method, f"{stack.url}{path}", json=body, headers=headers, timeout=60)
    answer.raise_for_status()
    return answer.json()
