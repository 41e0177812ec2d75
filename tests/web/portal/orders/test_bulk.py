"""Many orders at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.ids import show
from app.workflow.orders import bulk_orders
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_ticked_orders_are_closed_after_a_second_look(shop: Shop, owner: Visitor) -> None:
    placed, paid = [shop.place() for _ in range(2)], shop.paid_order()
    page = owner.get("/portal/orders")
    assert page.has_form("/bulk/new")

    look = _choose(owner, "close", [*placed, paid])
    done = look.form("/bulk/new").send()
    again = look.form("/bulk/new").send()

    assert look.heading == "Close: 3 orders"
    assert [shop.order(order_id).status for order_id in placed] == ["closed"] * 2
    assert "3 of 3 orders. Done: 2. Refused: 1." in done.text
    assert "cannot be closed" in done.text
    assert again.path == done.path
    assert "Close" in owner.get("/portal/bulk").text


def test_all_of_a_list_gets_a_note(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    meant, other = [shop.place(buyer="walter") for _ in range(3)], shop.place(buyer="paula")
    monkeypatch.setattr(bulk_orders, "AT_ONCE_S", 0)

    look = owner.get("/portal/bulk/new?action=note&every=1&q=walter")
    empty = look.form("/bulk/new").send(note="  ")
    page = empty.form("/bulk/new").send(note="=Called back")

    assert empty.status == 422
    assert "0 of 3 orders." in page.text
    bulk_orders.work_due(slice_s=60)
    assert "Done: 3." in owner.get(page.path).text
    for order_id in meant:
        response = owner.get(f"/portal/orders/{show('ord', order_id)}").text
        assert response.count("=Called back") == 1
        assert "Pat Example" in response
    assert "=Called back" not in owner.get(f"/portal/orders/{show('ord', other)}").text


def test_asking_and_sending_again_say_where_there_is_nothing_to_do(shop: Shop, owner: Visitor) -> None:
    undecided, idle = shop.place(), shop.place()
    shop.approve(shop.pay(undecided))

    response = _choose(owner, "poll", [undecided, idle]).form("/bulk/new").send()
    mailed = _choose(owner, "receipt", [undecided, idle]).form("/bulk/new").send()
    answer = _choose(owner, "webhooks", [undecided]).form("/bulk/new").send()

    assert shop.order(undecided).status == "paid"
    assert "Done: 1. Not needed: 1." in response.text
    assert "has no email address" in mailed.text
    assert "was not paid" in mailed.text
    assert "No endpoint received" in answer.text


def test_a_role_does_to_many_what_it_may_do_to_one(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    order_id = shop.place()
    finance, viewer = signed_in(shop, "finance"), signed_in(shop, "viewer")

    assert not viewer.get("/portal/orders").has_form("/bulk/new")
    assert "Close" not in finance.get("/portal/orders").form("/bulk/new").element.text
    assert _choose(viewer, "close", [order_id]).status == 403
    assert "Select at least one order" in _choose(finance, "note", []).text
    assert _choose(finance, "nothing", [order_id]).status == 422


def _choose(visitor: Visitor, action: str, order_ids: list) -> Page:
    ids = "".join(f"&ids={show('ord', each)}" for each in order_ids)
    return visitor.get(f"/portal/bulk/new?action={action}{ids}")
