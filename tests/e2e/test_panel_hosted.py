"""The hosted page sells without scripts as it does with them."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
LIMIT_MS = 30_000
expect.set_options(timeout=LIMIT_MS)


def hosted_link(stack: Stack, reference: str = "hosted") -> str:
    """The address a merchant's server gets for its buyer."""
    answer = httpx.post(
        f"{stack.url}/v1/checkout/sessions",
        json={"line_items": [{"sku_id": stack.demo["sku_ids"][0], "quantity": 1}], "buyer": {"reference": reference}},
        headers={"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": f"hosted-{uuid4()}"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"])


@pytest.mark.parametrize("with_scripts", [True, False])
def test_the_hosted_page_sells(browser: Any, stack: Stack, with_scripts: bool) -> None:
    context = browser.new_context(locale="en-US", java_script_enabled=with_scripts)
    context.set_default_timeout(LIMIT_MS)
    page: Page = context.new_page()
    page.goto(hosted_link(stack))
    assert "key=" not in page.url
    pay = page.get_by_role("button", name=re.compile("^(Pay|Try again)"))

    page.get_by_label("Quantity").fill("2")
    if with_scripts:
        page.get_by_label("Quantity").blur()
    else:
        page.get_by_role("button", name="Update").click()
    expect(pay).to_have_text("Pay $18.00")
    page.get_by_role("checkbox").check()
    pay.click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    page.get_by_role("button", name="Decline payment").click()
    expect(page.get_by_role("alert")).to_contain_text("The payment failed")
    pay.click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
    page.locator("button[value=approve]").click()

    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    expect(page.get_by_text("Your purchase is ready.")).to_be_visible()
    context.close()
