"""The list of payments."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_every_attempt_is_listed_with_how_it_ended(shop: Shop, owner: Visitor) -> None:
    paid = shop.paid_order(buyer="paula")
    tried = shop.place(buyer="walter")
    declined = shop.pay(tried)
    shop.decline(declined)
    shop.poll(declined)
    waiting = shop.pay(tried)

    everything = owner.get("/portal/payments")

    assert _orders(everything) == [show("ord", tried), show("ord", tried), show("ord", paid)]
    assert _orders(everything.follow("Succeeded")) == [show("ord", paid)]
    assert _orders(everything.follow("Failed")) == [show("ord", tried)]
    assert _orders(everything.follow("Pending")) == [show("ord", tried)]
    assert "Insufficient funds" in everything.text
    assert "None here" in everything.follow("Late").text
    for text in (show("att", waiting), show("ord", paid), "paula"):
        assert len(_orders(owner.get("/portal/payments", query={"q": text}))) == 1, text
    by_number = owner.get("/portal/payments", query={"q": str(shop.attempt(waiting).channel_ref)})
    assert _orders(by_number) == [show("ord", tried)] * 2
    assert len(_orders(owner.get("/portal/payments", query={"channel": show("cha", shop.account_id)}))) == 3
    assert len(_orders(owner.get("/portal/payments?channel=simulator&from=2020-01-01"))) == 3
    assert _orders(owner.get("/portal/payments?channel=stripe")) == []
    assert not owner.fragment("/portal/payments?q=%00", "payments-list").is_whole


def _orders(page: Page) -> list[str]:
    head = "/portal/orders/"
    return [link.removeprefix(head) for link in page.links if link.startswith(head)]
