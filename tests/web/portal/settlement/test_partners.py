"""Partners in the portal: added, changed, suspended, resumed and closed."""

from __future__ import annotations

from tests.factories.partners import sharer_of
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_partner_is_added_changed_suspended_and_closed(owner: Visitor) -> None:
    empty = owner.get("/portal/partners")
    refused = owner.get("/portal/partners/new").form("/partners/new").send(name="Ada", email="nobody")
    added = refused.form("/partners/new").send(email="ada@example.com", kind="author", time_zone="Europe/Berlin")
    path = added.path
    changed = owner.get(path).form(path).send(name="Ada L.")
    suspended = owner.get(path).form("/suspend").send(**{"suspend-reason": "disputed"})
    resumed = owner.get(path).form("/resume").send()
    without = owner.get(path).form("/close").send(**{"close-reason": ""})
    closed = without.form("/close").send(**{"close-reason": "moved"})

    assert "No partners yet" in empty.text
    assert (refused.status, "Invalid email address" in refused.text) == (422, True)
    assert "Nothing was cleared for this partner yet." in added.text
    assert changed.heading.startswith("Ada L.")
    assert "The partner gets its shares, but no money." in suspended.text
    assert "Active again." in resumed.text
    assert (without.status, "Enter the reason." in without.text) == (422, True)
    assert "What the partner is owed stays on its account." in closed.text
    assert "Ada L." in owner.get("/portal/partners?view=closed").text


def test_what_it_is_owed_stands_on_its_page(shop: Shop, owner: Visitor) -> None:
    from app.core.ids import show
    from app.domain.settlement.clearing.types import ShareTerms

    sharer = sharer_of(shop)
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    order_id = sharer.sold()

    page = owner.get(f"/portal/partners/{show('par', ada)}")
    cleared = page.follow("Clearing")
    order = owner.get(f"/portal/orders/{show('ord', order_id)}")

    assert "$7.00" in page.text
    assert "$7.00" in cleared.text
    assert "70% of $10.00" in order.text
    assert "Rule of business, version 1" in order.text
