"""Every slot of the panel can be another's; a plugin that throws gives its place back."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(240)
SLOTS = ["product", "quantity", "cart", "coupons", "wallet", "payment-methods", "agreement", "button", "status"]
MOUNT = """([key, secret, slots]) => {
  const plugins = slots.map((slot) => ({
    name: `own ${slot}`, slot,
    render(place, state, actions) {
      if (!place.dataset.own) place.replaceChildren(document.createElement('button'));
      place.dataset.own = 'yes';
      place.firstChild.textContent = `own ${slot}, ${state.session?.total_minor}`;
      place.firstChild.onclick = () => (slot === 'button' ? actions.confirm() : null);
    },
    onState(state) { if (slot === 'quantity') (window.seen ??= []).push(state.status); },
  }));
  // The first for a slot counts: one throws at once, one when the total changes.
  const broken = { name: 'broken', slot: 'payment-methods', render() { throw new Error('from a plugin'); } };
  const fragile = { name: 'fragile', slot: 'agreement', render(place, state) {
    if (state.session && state.session.quantity !== 1) throw new Error('later');
    place.textContent = 'fragile';
  } };
  window.errors = [];
  window.logged = [];
  window.checkout = Bursar(key, { onLog: ({ message }) => window.logged.push(message) })
    .checkout({ clientSecret: secret, plugins: [broken, fragile, ...plugins] })
    .on('plugin_error', () => window.errors.push('plugin_error'));
  document.getElementById('checkout').replaceChildren();
  window.checkout.mount('#checkout');
}"""


def test_every_part_can_be_replaced_and_a_plugin_that_throws_gives_its_place_back(page: Page, stack: Stack) -> None:
    answer = httpx.post(
        f"{stack.url}/v1/checkout/sessions",
        json={"line_items": [{"sku_id": stack.demo["sku_ids"][0], "quantity": 1}], "buyer": {"reference": "slots"}},
        headers={"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": f"slots-{uuid4()}"},
        timeout=30,
    )
    page.goto(stack.shop_url)
    page.evaluate(MOUNT, [stack.demo["publishable_key"], answer.json()["client_secret"], SLOTS])

    # All of them before the first touch, those of the second part too: what comes later would move what is pressed.
    for slot in ["product", "quantity", "cart", "coupons", "wallet", "button"]:
        expect(page.get_by_role("button", name=f"own {slot}, 900")).to_be_visible()
    expect(page.get_by_text("fragile")).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("Scan a code"))).to_be_visible()
    assert page.evaluate("window.errors") == ["plugin_error"]
    assert page.evaluate("window.logged") == ["Plugin broken failed: Error: from a plugin"]

    page.evaluate("window.checkout.actions.setQuantity(2)")
    expect(page.get_by_role("button", name="own product, 1800")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_be_visible()
    assert page.evaluate("window.errors.length") == 2
    assert page.evaluate("window.seen.includes('editing')")

    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="own button").click()
    page.wait_for_url(re.compile(r"/pay/\w+"))
