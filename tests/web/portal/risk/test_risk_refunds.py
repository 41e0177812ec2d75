"""Refunds that rules hold or refuse, as the team sees them."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import show
from tests.factories.risk import decisions, make_rule_set, refund_rule
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_held_refund_shows_its_reasons_to_whoever_approves(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    path = f"/portal/orders/{show('ord', shop.paid_order())}"
    make_rule_set(shop, refund_rule("approval", name="Serial refunds", score=9), to="on")

    asked = owner.get(path).form("/refund").send(extent="part", amount="6.00").form("/refund").send()
    approval = signed_in(shop).get(asked.path)
    decision_path = f"/portal/risk/decisions/{show('rdc', decisions(shop)[0].id)}"
    done = approval.form("/decide").send(decision="approve", reason="Checked")
    order = owner.get(path)

    assert "Approval requested for this refund." in asked.text
    assert ("Serial refunds" in approval.text, decision_path in approval.links) == (True, True)
    assert (done.status, len(shop.refunds(decisions(shop)[0].order_id))) == (200, 1)
    assert ("Rules on a refund" in order.text, decision_path in order.links) == (True, True)


def test_a_refused_refund_says_no_rule(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()
    make_rule_set(shop, refund_rule("block", name="Secret"), to="on")

    review = owner.get(f"/portal/orders/{show('ord', order_id)}").form("/refund").send(extent="part", amount="6.00")
    refused = review.form("/refund").send()
    again = review.form("/refund").send()

    for page in (refused, again):
        assert page.status == 403
        assert "This refund cannot be made. Ask whoever looks after fraud in your team." in page.text
    assert len(decisions(shop)) == 1
    assert shop.refunds(order_id) == []


def test_whoever_refunds_sees_beforehand_that_it_goes_to_the_balance(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()
    shop.keep_wallets()
    path = f"/portal/orders/{show('ord', order_id)}"
    before = owner.get(path).form("/refund").send(extent="part", amount="6.00")
    make_rule_set(shop, refund_rule("wallet_only", name="Serial refunds"), to="on")

    review = owner.get(path).form("/refund").send(extent="part", amount="6.00")
    order = review.form("/refund").send()
    decision = owner.get("/portal/risk/decisions?result=wallet_only")
    listed = owner.get("/portal/refunds")

    sentence = "Your rules send this refund to the buyer’s balance, not back to how they paid."
    assert (sentence in before.text, sentence in review.text) == (False, True)
    assert "To the buyer’s balance $6.00" in review.text
    assert "Through Pretend Pay" not in review.text
    assert ("To the balance" in order.text, "Serial refunds" in decision.text) == (True, True)
    assert "Balance" in listed.text
    assert shop.refund_attempt(shop.refunds(order_id)[0].id).channel == "wallet"


def test_decisions_are_listed_by_what_they_are_about(shop: Shop, owner: Visitor) -> None:
    shop.paid_order()
    order_id = shop.paid_order()
    make_rule_set(shop, refund_rule("approval", name="Serial refunds"), to="on")
    path = f"/portal/orders/{show('ord', order_id)}"
    owner.get(path).form("/refund").send(extent="part", amount="6.00").form("/refund").send()

    listed = owner.get("/portal/risk/decisions?subject=refund&result=approval")
    none = owner.get("/portal/risk/decisions?subject=payment")
    page = owner.get(f"/portal/risk/decisions/{show('rdc', decisions(shop)[0].id)}")

    assert ("Serial refunds" in listed.text, "None here" in none.text) == (True, True)
    assert "Amount of the refund $6.00" in page.text
    assert "IP address" not in page.text


def test_a_rule_about_refunds_is_written_in_the_portal(owner: Visitor) -> None:
    draft = owner.get("/portal/risk/rules").form("/new").send(name="Refunds", starters="refund_abuse")
    fields = {
        "name": "Large",
        "subject": "refund",
        "fact_1": "refund_amount",
        "op_1": "at_least",
        "value_1": "10000 USD",
    }
    wrong = draft.form("/rules").send(**fields, result="review")
    added = wrong.form("/rules").send(result="approval")

    assert "Refund to the requester" in draft.text
    assert "A rule about a refund blocks, asks for an approval" in wrong.text
    assert ("Rule added." in added.text, "Amount of the refund" in added.text) == (True, True)
