"""Buyers' points in the portal: listed, given and taken with a reason, with all that happened to them."""

from __future__ import annotations

from app.workflow.fulfilment import change_points
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_points_are_granted_deducted_and_shown(owner: Visitor) -> None:
    assert "No points yet" in owner.get("/portal/points").text

    response = owner.get("/portal/points").follow("Grant points").form("/points/change")
    response.send(buyer="ann/1", points="1500", reason="a warm welcome")
    page = owner.get("/portal/points").follow("ann/1")
    too_many = page.form("/points/change").send(how="take", points="1501", reason="a mug")
    answer = page.form("/points/change").send(how="take", points="500", reason="a mug")

    assert page.heading == "Points of ann/1"
    assert (too_many.status, "There are not enough points." in too_many.text) == (409, True)
    for text in ("+1,500", "a warm welcome", "−500", "a mug", "1,000"):
        assert text in answer.text
    assert "No points yet" in owner.get("/portal/points/buyer?reference=zoe").text


def test_the_list_is_searched_and_goes_on(shop: Shop, owner: Visitor) -> None:
    for number in range(52):
        change_points.change_points(shop.business_id, buyer=f"paula-{number:02}", change=1, reason="gift", actor="test")

    first = owner.get("/portal/points")
    found = owner.get("/portal/points").form("/points").send(q="paula-5")

    assert ("paula-49" in first.text, "paula-50" in first.text) == (True, False)
    assert "paula-51" in first.follow("Next page").text
    assert ("paula-51" in found.text, "paula-49" in found.text) == (True, False)
    assert "No buyers found" in owner.get("/portal/points?q=zoe").text
