"""Members in the portal: listed, granted, changed with a reason, exported as they are filtered."""

from __future__ import annotations

from datetime import timedelta

from app.core import clock as now_clock
from app.core.ids import show
from app.workflow.fulfilment.shorten_membership import revoke_membership
from tests.factories.memberships import grant, member, membership_of, refresh
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_time_is_granted_extended_shortened_moved_and_revoked(shop: Shop, owner: Visitor) -> None:
    assert "No members yet" in owner.get("/portal/memberships").text
    page = owner.get("/portal/memberships").follow("Grant membership")
    missing = page.form("/memberships/new").send(buyer="", days="10", reason="a gift")
    page.form("/memberships/new").send(buyer="ann", days="10", reason="a gift", email="ann@example.com")
    shown = owner.get("/portal/memberships").follow("ann")
    row = show("mbr", membership_of(shop, "ann"))

    shown.form(f"{row}/extend").send(days="5", reason="sorry")
    until = (now_clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    owner.get(f"/portal/memberships/{row}").form(f"{row}/shorten").send(ends_at=until, reason="too much")
    owner.get(f"/portal/memberships/{row}").form(f"{row}/move").send(buyer="zoe", reason="her sister")
    other = show("mbr", membership_of(shop, "zoe"))
    ended = owner.get(f"/portal/memberships/{other}").form(f"{other}/revoke").send(reason="a mistake")

    assert (missing.status, "Enter a buyer." in missing.text) == (422, True)
    assert shown.heading.startswith("Membership of ann")
    history = owner.get(f"/portal/memberships/{row}").text
    for text in ("Granted", "a gift", "Extended", "Shortened", "too much", "Moved to another buyer"):
        assert text in history
    assert "Revoked" in ended.text
    assert "shorten" not in ended.text


def test_an_end_that_is_later_is_said_at_its_field(shop: Shop, owner: Visitor) -> None:
    row = show("mbr", grant(shop, days=2))
    until = (now_clock.now() + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")

    refused = owner.get(f"/portal/memberships/{row}").form(f"{row}/shorten").send(ends_at=until, reason="x")

    assert (refused.status, "Enter a time between now and the end" in refused.text) == (422, True)


def test_the_list_has_views_filters_and_a_file(shop: Shop, owner: Visitor) -> None:
    grant(shop, "b-soon", days=3)
    grant(shop, "b-long", days=90)
    revoke_membership(shop.business_id, grant(shop, "b-over", days=1), reason="a mistake", actor="test")
    refresh(shop)

    found = {
        view: {name for name in ("b-soon", "b-long", "b-over") if name in owner.get(f"/portal/memberships{query}").text}
        for view, query in {
            "all": "",
            "active": "?view=active",
            "ending": "?view=ending",
            "ended": "?view=ended",
            "buyer": "?buyer=b-long",
        }.items()
    }

    assert found == {
        "all": {"b-soon", "b-long", "b-over"},
        "active": {"b-soon", "b-long"},
        "ending": {"b-soon"},
        "ended": {"b-over"},
        "buyer": {"b-long"},
    }


def test_what_was_bought_shows_its_order(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()
    membership_id = membership_of(shop)

    page = owner.get(f"/portal/memberships/{show('mbr', membership_id)}")

    assert f"/portal/orders/{show('ord', order_id)}" in page.links
    assert member(shop, membership_id).ends_at > now_clock.now()
