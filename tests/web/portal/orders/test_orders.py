"""The list of orders, one order, and what is done with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import show
from app.domain.catalog.models import Sku
from app.domain.checkout.agreements.rules import text_hash as text_hash_of
from app.web.portal import list_state
from app.workflow.checkout.manage_agreements import publish_agreement
from tests.factories.shop import Shop
from tests.html import shown_money
from tests.pages import Visitor


def test_the_list_is_filtered_by_the_query(shop: Shop, owner: Visitor) -> None:
    paid, waiting = shop.paid_order(2, buyer="paula"), shop.place(buyer="walter")

    everything = owner.get("/portal/orders")
    open_only = everything.follow("Awaiting payment")
    nothing = owner.get("/portal/orders?to=2001-01-01")

    assert [show("ord", waiting), show("ord", paid)] == _orders(everything.links)
    assert _orders(open_only.links) == [show("ord", waiting)]
    assert "No results" in nothing.text
    assert owner.get("/portal/orders?view=nonsense&from=garbage&cursor=x&q=%00").status == 200


def test_an_order_whose_payment_failed_says_so_until_another_is_tried(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.decline(attempt_id)
    shop.poll(attempt_id)

    failed, home = owner.get("/portal/orders").text, owner.get("/portal").text
    shop.pay(order_id)

    assert ("Payment failed" in failed, "Payment failed" in home) == (True, True)
    assert "Payment failed" not in owner.get("/portal/orders").text


def test_what_people_say_of_an_order_leads_to_it(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(3, buyer="mika@work")
    other = show("ord", shop.paid_order(1, buyer="other"))
    number, shown = shop.order(order_id).number, show("ord", order_id)

    for text in (number, f"#{number}", f"{number[:3]} {number[3:6]} {number[6:]}", f"Order {number}"):
        assert owner.get("/portal/orders", query={"q": text}).path.endswith(shown), text
    for text in ("30", "30.00", "$30.00", "30,00 USD"):
        assert _orders(owner.get("/portal/orders", query={"q": text}).links) == [shown], text
    sku = shop.one(select(Sku.code).where(Sku.id == shop.sku_id)).code
    for text in (sku, "membership"):
        assert _orders(owner.get("/portal/orders", query={"q": text}).links) == [other, shown], text
    for text in ("30.01", "no such thing", number[:-1]):
        assert _orders(owner.get("/portal/orders", query={"q": text}).links) == [], text


def test_any_id_of_an_order_leads_to_it(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place(buyer="mika@work")
    attempt_id = shop.pay(order_id)
    attempt = shop.attempt(attempt_id)

    texts = (show("ord", order_id), show("att", attempt_id), show("txn", attempt.transaction_id))
    for text in texts:
        assert owner.get("/portal/orders", query={"q": text}).path.endswith(show("ord", order_id))
    for text in (attempt.channel_ref, "mika@work", "mika"):
        assert _orders(owner.get("/portal/orders", query={"q": text}).links) == [show("ord", order_id)]


def test_orders_are_found_by_amount_by_what_was_bought_and_by_channel(shop: Shop, owner: Visitor) -> None:
    one, two, waiting = (show("ord", order) for order in (shop.paid_order(), shop.paid_order(2), shop.place(3)))

    def found(query: str) -> list[str]:
        return _orders(owner.get(f"/portal/orders?{query}").links)

    assert found("amount_from=10.01&amount_to=20&currency=USD") == [two]
    assert found("amount_from=19.999") == [waiting, two]
    assert found("amount_to=5") == found("amount_from=1&currency=JPY") == found("currency=nonsense") == []
    assert found("product=ONE&channel=simulator") == [two, one]
    assert found(f"product={show('sku', shop.sku_id)}&view=open") == [waiting]
    assert found(f"product={show('prd', shop.product_id)}") == found("product=member") == [waiting, two, one]
    assert found("product=nothing") == found(f"product={show('sku', shop.product_id)}") == []


def test_orders_of_one_currency_come_by_amount(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_state, "PAGE", 2)
    two, three, one, again = (show("ord", shop.place(quantity)) for quantity in (2, 3, 1, 2))

    highest = owner.get("/portal/orders?currency=USD").follow("Amount")
    lower = highest.follow("Lower")
    lowest = highest.follow("Amount")
    saved = lowest.form("/views").send(name="Small ones")

    assert (_orders(highest.links), _orders(lower.links)) == ([three, again], [two, one])
    assert _orders(lowest.links) == _orders(saved.follow("Small ones").links) == [one, two]
    assert _orders(owner.get("/portal/orders?order=highest").links) == [again, one]
    assert _orders(lowest.follow("Placed").links) == [again, one]


def test_active_filters_are_shown_and_removed(shop: Shop, owner: Visitor) -> None:
    order = show("ord", shop.place())
    page = owner.get("/portal/orders?amount_from=99&product=member&currency=USD")

    without = page.follow("Remove Amount from: 99")

    assert "Filters (3)" in page.text
    assert _orders(page.links) == []
    assert _orders(without.links) == [order]
    assert "product=member" in without.path


def test_a_fragment_is_the_list_alone(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()

    part = owner.fragment("/portal/orders", "orders-list")
    whole = owner.fragment("/portal/orders", "something-else")

    assert not part.is_whole
    assert _orders(part.links) == [show("ord", order_id)]
    assert whole.is_whole
    assert "HX-Target" in part.headers["Vary"]


def test_an_order_shows_its_money_its_story_and_balanced_books(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(2)

    page = owner.get(_path(order_id))

    assert page.heading.startswith(f"Order {shop.order(order_id).number} · $20.00")
    for text in ("Order placed", "Payment succeeded at Pretend Pay", "Order paid", "Item delivered", "Posted: charge"):
        assert text in page.text
    assert "Merchant payable" in page.text
    assert shop.api_key not in page.source


def test_a_part_is_refunded_and_a_double_click_refunds_it_once(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(2)
    review = owner.get(_path(order_id)).form("/refund").send(extent="part", amount="7.50")
    unsent = shop.refunds(order_id)

    first, second = review.form("/refund").send(), review.form("/refund").send()

    assert (review.heading, unsent) == ("Refund $7.50?", [])
    assert [refund.amount_minor for refund in shop.refunds(order_id)] == [750]
    assert "$7.50 is being refunded" in first.text
    assert shown_money(second.document.all("dl")[0].text)[:3] == ["$20.00", "$20.00", "$7.50"]


def test_pieces_are_chosen_on_the_refund_form(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(3)
    form = owner.get(_path(order_id)).form("/refund")
    [quantity] = [name for name in form.values() if name.startswith("quantity-")]

    slips = [form.send(**typed).status for typed in ({quantity: "1"}, {"extent": "quantity"})]
    slips += [form.send(extent="quantity", **{quantity: typed}).status for typed in ("4", "-1", "x")]
    page = form.send(extent="quantity", **{quantity: "2"}).form("/refund").send()

    assert slips == [422] * 5
    assert [refund.amount_minor for refund in shop.refunds(order_id)] == [2000]
    assert "$20.00 refunded" in page.text


def test_a_refund_that_cannot_be_is_refused_on_its_form(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()
    form = owner.get(_path(order_id)).form("/refund")

    for amount in ("10.01", "0", "-1", "1.234", "abc", ""):
        page = form.send(extent="part", amount=amount)

        assert page.status in (409, 422), amount
        assert page.form("/refund").values()["amount"] == amount
    assert shop.refunds(order_id) == []


def test_an_amount_beside_all_that_is_left_is_taken_for_a_slip(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()

    page = owner.get(_path(order_id)).form("/refund").send(extent="rest", amount="5")

    assert page.status == 422
    assert shop.refunds(order_id) == []


def test_all_that_is_left_is_refunded(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()
    shop.refund(order_id, 400)

    page = owner.get(_path(order_id)).form("/refund").send(reason="goodwill").form("/refund").send()

    assert sorted(refund.amount_minor for refund in shop.refunds(order_id)) == [400, 600]
    assert not page.has_form("/refund")


def test_the_review_says_what_a_refund_will_do(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order(2)
    form = owner.get(_path(order_id)).form("/refund")

    part, rest = form.send(extent="part", amount="7.50"), form.send(reason="goodwill")

    for text in ("Through Pretend Pay", "$7.50", "$12.50", "buyer-1", "Requested by the buyer", "The buyer keeps what"):
        assert text in part.text
    for text in ("Refund $20.00?", "$0.00", "Goodwill", "Revoked from the buyer: Membership"):
        assert text in rest.text
    assert shop.refunds(order_id) == []


def test_a_note_is_kept_with_its_author(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()

    page = owner.get(_path(order_id)).form("/notes").send(body="Called <b>back</b> on Monday.")
    empty = page.form("/notes").send(body="  ")

    assert "Called <b>back</b> on Monday." in page.text
    assert "Pat Example" in page.text
    assert empty.status == 422


def test_an_unpaid_order_is_closed_by_hand(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()

    page = owner.get(_path(order_id)).form("/close").send()

    assert shop.order(order_id).status == "closed"
    assert not page.has_form("/close")


def test_an_undecided_payment_can_be_polled_now(shop: Shop, owner: Visitor) -> None:
    order_id = shop.place()
    shop.approve(shop.pay(order_id))

    owner.get(_path(order_id)).form("/poll").send()

    assert shop.order(order_id).status == "paid"


def test_a_role_sees_and_does_only_what_is_its_own(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    order_id = shop.paid_order()
    viewer = signed_in(shop, "viewer")

    page = viewer.get(_path(order_id))
    csrf = page.form("/logout").values()["csrf_token"]
    refused = viewer.post(_path(order_id) + "/refund", {"csrf_token": csrf, "extent": "rest"})

    assert not page.has_form("/refund")
    assert refused.status == viewer.get("/portal/keys").status == 403
    assert shop.refunds(order_id) == []


def _path(order_id: uuid.UUID) -> str:
    return f"/portal/orders/{show('ord', order_id)}"


def _orders(links: list[str]) -> list[str]:
    head = "/portal/orders/ord_"
    return [link.removeprefix("/portal/orders/") for link in links if link.startswith(head)]


def test_the_texts_a_buyer_accepted_can_be_printed_and_taken_away(shop: Shop, owner: Visitor) -> None:
    agreement_id = publish_agreement(shop.business_id, code="terms", locale="en", title="Terms", body="Be <kind>.")
    text_hash = text_hash_of("Terms", "Be <kind>.")
    order_id = shop.place(agreements=[(agreement_id, text_hash)])

    printed = owner.get(_path(order_id)).follow("View texts")
    exported = owner.client.get(printed.link("Download as JSON"))

    assert "Be <kind>." in printed.text
    assert text_hash in printed.text
    assert [text["hash"] for text in exported.json["data"]] == [text_hash]
    assert exported.headers["Content-Disposition"].startswith("attachment")


def test_the_receipt_is_a_file(shop: Shop, owner: Visitor) -> None:
    form = owner.get(f"/portal/orders/{show('ord', shop.paid_order())}").form("/receipt")

    answer = owner.client.post(form.element.get("action"), data=form.values())

    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
