"""Personal data in the portal: retention, one buyer's export, and one buyer's erasure after reauthentication."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType

from sqlalchemy import select

from app.core import ids
from app.domain.accounts.business.models import Membership
from app.domain.accounts.people.rules import REAUTHENTICATION_LASTS
from app.domain.accounts.privacy.kinds import KINDS
from app.read.accounts.retention import retention
from app.workflow.accounts.people import manage_team
from tests.factories.people import make_user
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
    clock.move(REAUTHENTICATION_LASTS.total_seconds() + 1)
    response = page.form("/privacy/erase").send(value="customer-42", reason="asked", sure="y")

    assert unsure.status == 422
    assert "Select this to continue." in unsure.text
    assert (response.status, response.heading) == (403, "Confirm it’s you")
    assert shop.order(order_id).buyer_reference == "customer-42"


def test_an_erased_buyer_is_a_pseudonym_from_then_on(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(buyer="customer-43")

    done = owner.get("/portal/privacy").form("/privacy/erase").send(value="customer-43", reason="asked", sure="y")

    pseudonym = shop.order(order_id).buyer_reference
    assert pseudonym.startswith("erased_")
    assert done.text.count(pseudonym) == 2
    assert "customer-43" not in owner.get("/portal/orders").text


def test_nobody_becomes_alone_by_removing_the_others(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    shop.paid_order(buyer="customer-48")
    stays, leaves = signed_in(shop), make_user(shop.business_id)
    member = shop.one(select(Membership.id).where(Membership.user_id == leaves.user_id))
    owner = shop.one(select(Membership.user_id).where(Membership.user_id != leaves.user_id))
    manage_team.remove(shop.business_id, member.id, actor=ids.show("usr", owner.user_id))

    refused = stays.get("/portal/privacy").form("/privacy/erase").send(value="customer-48", reason="mine", sure="y")

    assert refused.status == 409
    assert "removed in the last seven days" in refused.text


def test_times_are_chosen_among_the_settings(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/privacy").follow("Edit Retention")

    wrong = page.form("/settings/retention").send(keep_requests_days="91")
    saved = page.form("/settings/retention").send(keep_requests_days="14")

    assert (wrong.status, "1 to 90 days." in wrong.text) == (422, True)
    assert "Saved." in saved.text
    assert retention(shop.business_id).chosen["requests"] == 14
    assert "14 days" in owner.get("/portal/privacy").text


def test_others_than_owners_do_not_see_it(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    assert signed_in(shop, "support").get("/portal/privacy").status == 403
