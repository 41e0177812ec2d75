"""A shop brings its buyers and members from another system, by mouse."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from ops.testing.stack import Stack
from tests.e2e import both_looks
from tests.e2e.test_finance_day import _call, _sign_in
from tests.e2e.test_ship_day import _look

pytestmark = pytest.mark.timeout(240)
LIMIT_MS = 30_000


def test_buyers_and_members_come_by_file(browser: Browser, stack: Stack, tmp_path: Path) -> None:
    context = both_looks.new_context(browser)
    context.set_default_timeout(LIMIT_MS)
    page, mark = context.new_page(), uuid4().hex[:8]
    members = [
        sku["code"]
        for product in _call(stack, "GET", "/v1/products?limit=100")["data"]
        if product["delivery_kind"] == "entitlement"
        for sku in product["skus"]
    ]
    _sign_in(page, stack)

    both_looks.open_wide(page, f"{stack.url}/portal/buyers")
    page.get_by_role("link", name="Import", exact=True).click()
    rows = f"reference,email,name,language\nb-{mark},ada@example.com,Ada {mark},de\nc-{mark},wrong,Bea,\n"
    _send(page, tmp_path / "buyers.csv", rows)
    expect(page.get_by_text("Enter a valid email address.")).to_be_visible()
    _look(page, "import-buyers")
    page.get_by_role("button", name="Apply 1 row").click()
    expect(page.get_by_text("1 row applied.")).to_be_visible()
    page.goto(f"{stack.url}/portal/buyer-imports")
    _look(page, "import-buyers-list")

    both_looks.open_wide(page, f"{stack.url}/portal/memberships")
    page.get_by_role("link", name="Import", exact=True).click()
    _look(page, "import-members-list")
    _send(page, tmp_path / "members.csv", f"buyer,sku,ends\nb-{mark},{members[0]},2090-01-31\n")
    page.get_by_role("button", name="Apply 1 row").click()
    expect(page.get_by_text("1 row applied.")).to_be_visible()
    _look(page, "import-members")

    assert _call(stack, "GET", f"/v1/buyers?reference=b-{mark}")["data"][0]["source"] == "import"
    [member] = _call(stack, "GET", f"/v1/memberships?buyer_reference=b-{mark}")["data"]
    assert "2090" in str(member)
    context.close()


def _send(page: Page, path: Path, rows: str) -> None:
    path.write_text(rows)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload and review").click()
    expect(page.get_by_role("heading", name="Preview of changes")).to_be_visible()
