"""The trace page: one box for any id, a diagram and a list of the same chain."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.core import context
from app.core.ids import new_id, show
from app.workflow.accounts.manage_keys import create_key
from app.workflow.operations.log_requests import write_noted
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_any_id_shows_the_chain_as_a_picture_and_as_a_list(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(2)
    shop.refund(order_id, 700)
    shown = show("ord", order_id)

    page = owner.get("/portal/trace").form("/portal/trace").send(q=shown)

    diagram = page.document.all("svg", class_="chain")[0]
    boxes = [each.get("aria-label") for each in diagram.walk() if each.get("aria-label")]
    assert "Order, $20.00, fulfilled" in boxes
    assert "Refund, $7.00, succeeded" in boxes
    steps = page.document.all("tbody")[0].all("tr")
    assert len(steps) == len(boxes)
    assert next(row for row in steps if row.get("aria-current")).text.startswith("Order")


def test_many_of_a_kind_are_one_box_and_all_are_in_the_list(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(2)
    for _ in range(8):
        shop.refund(order_id, 100)

    page = owner.get("/portal/trace", query={"q": show("ord", order_id)})

    assert "and 4 more" in page.text or "and 3 more" in page.text
    assert page.text.count("Refund") >= 8


def test_a_text_that_fits_several_orders_offers_a_choice(shop: Shop, owner: Visitor) -> None:
    first = shop.place(buyer="walter")
    once = owner.get("/portal/trace", query={"q": "walter"})
    second = shop.place(buyer="walter")
    several = owner.get("/portal/trace", query={"q": "walter"})

    assert once.document.all("svg", class_="chain")
    assert "Multiple matches" in several.text
    assert [show("ord", second), show("ord", first)] == [
        link.rpartition("=")[2] for link in several.links if "trace?q=ord" in link
    ]


def test_what_leads_nowhere_says_so(shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]) -> None:
    assert "Enter any ID" in owner.get("/portal/trace").text
    for text in ("nonsense", "\x00", "ord_zzz", show("prd", shop.product_id)):
        assert "No match for this ID" in owner.get("/portal/trace", query={"q": text}).text
    order = {"q": show("ord", shop.place(buyer="walter-the-buyer"))}
    assert "walter-the-buyer" in owner.get("/portal/trace", query=order).text
    assert "walter-the-buyer" not in signed_in(shop, "viewer").get("/portal/trace", query=order).source


def test_a_request_s_id_shows_what_it_caused(shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]) -> None:
    request_id = new_id()
    with context.work(request_id):
        order_id = shop.paid_order(1)
    query = {"q": show("req", request_id)}

    page = owner.get("/portal/trace", query=query)

    boxes = [each.get("aria-label") for each in page.document.walk() if each.get("aria-label")]
    assert {"Order, fulfilled", "Delivery, delivered", "order.paid, done"} <= set(boxes)
    assert [link for link in page.links if link.endswith(show("ord", order_id))]
    assert signed_in(shop, "viewer").get("/portal/trace", query=query).status == 403
    assert "No match for this ID" in owner.get("/portal/trace", query={"q": show("req", new_id())}).text


def test_the_request_log_links_to_the_trace_of_each_call(shop: Shop, owner: Visitor, app: Flask) -> None:
    key = create_key(shop.business_id, name="test", kind="secret").secret
    answer = app.test_client().get("/v1/orders", headers={"Authorization": f"Bearer {key}"})
    request_id = answer.headers["X-Request-Id"]
    write_noted()

    page = owner.get(f"/portal/requests/{request_id}")
    trace = owner.get(page.link("What it caused"))

    assert "GET /v1/orders" in trace.text
