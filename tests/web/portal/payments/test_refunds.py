"""The list of refunds."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_every_refund_is_listed_with_how_it_ended(shop: Shop, owner: Visitor) -> None:
    back, half = shop.paid_order(2, buyer="paula"), shop.paid_order(2, buyer="walter")
    whole = shop.refund(back)
    shop.script("refund", "pending", times=1)
    shop.refund(half, 400)

    everything = owner.get("/portal/refunds")

    assert _orders(everything) == [show("ord", half), show("ord", back)]
    assert "$20.00" in everything.text
    assert _orders(everything.follow("Succeeded")) == [show("ord", back)]
    assert _orders(everything.follow("Pending")) == [show("ord", half)]
    assert _orders(owner.get("/portal/refunds", query={"q": show("rfd", whole)})) == [show("ord", back)]
    assert _orders(owner.get("/portal/refunds?q=walter&channel=simulator")) == [show("ord", half)]
    assert "No results" in owner.get("/portal/refunds?to=2001-01-01").text


def _orders(page: Page) -> list[str]:
    head = "/portal/orders/"
    return [link.removeprefix(head) for link in page.links if link.startswith(head)]
