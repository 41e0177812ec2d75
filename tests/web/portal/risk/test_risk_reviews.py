"""Reviews in the portal: from the list to the case, and released in one move."""

from __future__ import annotations

from tests.factories.risk import held, make_rule_set, reviews
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_review_is_found_and_released_in_its_case(shop: Shop, owner: Visitor) -> None:
    nothing = owner.get("/portal/risk/reviews")
    order_id = held(shop)

    listed = owner.get("/portal/risk/reviews?status=waiting")
    case = owner.get(next(each.get("href") for each in listed.document.all("a") if each.get("class") == "row-link"))

    assert "Payments appear once a rule asks for a review." in nothing.text
    assert ("Look first" in listed.text, "$10.00" in listed.text) == (True, True)
    assert "Payment waits for review" in case.text
    assert "Release and allow buyer" in case.text
    assert make_rule_set(shop)  # in shadow, beside the one that is on
    assert [(row.order_id, row.status) for row in reviews(shop)] == [(order_id, "waiting")]
