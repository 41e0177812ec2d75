"""Rule sets in the portal: from starters to on, by two people."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import show
from tests.factories.risk import decisions, make_entry, make_rule_set
from tests.factories.shop import Shop
from tests.pages import Visitor

PATH = "/portal/risk/rules"


def test_a_rule_set_goes_from_starters_to_on(shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]) -> None:
    draft = owner.get(PATH).form("/new").send(name="Spring", starters="card_testing")
    wrong = draft.form("/rules").send(name="Night", fact_1="hour", op_1="is", value_1="3")
    added = wrong.form("/rules").send(op_1="at_most")
    removed = added.form("/rules/remove").send()
    shadow = removed.form("/status").send(to="shadow")
    asked = shadow.form("/request").send()
    decided = signed_in(shop).get(asked.link(next(each.text for each in asked.document.all("a")
        if "Approval " in each.text))).form("/decide").send(decision="approve", reason="Checked")  # fmt: skip
    on = owner.get(asked.path)
    off = on.form("/status").send(to="retired")

    assert (draft.heading, "Declined at one address" in draft.text) == ("Spring Draft", True)
    assert "Use at_least or at_most with hour." in wrong.text
    assert ("Night" in added.text, "Rule added." in added.text) == (True, True)
    assert "Declined at one address" not in removed.text
    assert shadow.heading == "Spring Shadow"
    assert decided.status == 200
    assert on.heading == "Spring On"
    assert off.heading == "Spring Retired"


def test_a_decision_is_shown_with_its_facts_and_on_its_order(shop: Shop, owner: Visitor) -> None:
    make_rule_set(shop)
    make_entry(shop, "buyer-1")
    order_id = shop.paid_order()

    listed = owner.get("/portal/risk/decisions?result=shadow")
    page = owner.get(f"/portal/risk/decisions/{show('rdc', decisions(shop)[0].id)}")
    order = owner.get(f"/portal/orders/{show('ord', order_id)}")
    tried = owner.get(f"{PATH}").follow("1. Rules")
    tried = owner.get(f"{tried.path}?days=7")

    assert "Blocked" in listed.text
    assert "The buyer is on the block list yes" in page.text
    assert "Would have matched Block list" in page.text
    assert f"/portal/risk/decisions/{show('rdc', decisions(shop)[0].id)}" in order.links
    assert "Would be blocked 1" in tried.text
    assert "Of these, paid and not refunded 1" in tried.text


def test_who_may_not_change_rules_is_offered_no_form(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    page = signed_in(shop, "developer").get(PATH)

    assert page.status == 403
