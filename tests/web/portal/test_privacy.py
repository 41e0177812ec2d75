"""Personal data in the portal: what is kept, one buyer's to have, and one buyer erased, with fresh proof."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType

from app.domain.privacy.types import KINDS
from app.web.portal.proof import LASTS
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_an_owner_sees_what_is_kept_and_takes_a_buyers_data_along(shop: Shop, owner: Visitor) -> None:
    shop.paid_order(buyer="customer-41")

    page = owner.get("/portal/privacy")
    as_json = page.form("/privacy/export").send(value="customer-41")
    as_text = page.form("/privacy/export").send(value="customer-41", format="text")

    assert all(kind.what in page.text for kind in KINDS)
    found = json.loads(as_json.source)
    assert [order["buyer_reference"] for order in found["orders"]] == ["customer-41"]
    assert found["payments"]
    assert "Orders (1)" in as_text.source


def test_a_buyer_is_erased_only_by_who_proves_who_they_are(shop: Shop, owner: Visitor, clock: ModuleType) -> None:
    order_id = shop.paid_order(buyer="customer-42")
    page = owner.get("/portal/privacy")

    unsure = page.form("/privacy/erase").send(value="customer-42", reason="asked")
    clock.move(LASTS.total_seconds() + 1)
    asked = page.form("/privacy/erase").send(value="customer-42", reason="asked", sure="y")

    assert unsure.status == 422
    assert "Tick this to go on." in unsure.text
    assert (asked.status, asked.heading) == (403, "Is it you?")
    assert shop.order(order_id).buyer_reference == "customer-42"


def test_an_erased_buyer_is_a_pseudonym_from_then_on(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(buyer="customer-43")

    done = owner.get("/portal/privacy").form("/privacy/erase").send(value="customer-43", reason="asked", sure="y")

    pseudonym = shop.order(order_id).buyer_reference
    assert pseudonym.startswith("erased_")
    assert done.text.count(pseudonym) == 2
    assert "customer-43" not in owner.get("/portal/orders").text


def test_others_than_owners_do_not_see_it(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    assert signed_in(shop, "support").get("/portal/privacy").status == 403
