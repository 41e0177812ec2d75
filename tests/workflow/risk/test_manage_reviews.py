"""A payment that rules hold waits for one person: nothing is charged before, and the order ends when its time is up."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.risk.errors import RiskBlocked, RiskUnderReview
from app.domain.risk.types import ListName
from app.read.risk import entries
from app.workflow.orders import close_orders, place_and_pay
from app.workflow.risk import manage_reviews
from tests.factories.risk import BLOCK_LIST, REVIEW_ALL, decisions, held, make_entry, make_rule_set, reviews
from tests.factories.shop import Shop
from tests.workflow.risk.test_decide_payment import attempts


def decide(shop: Shop, how: str, *, actor: str = "usr_ann", **more: Any) -> None:
    getattr(manage_reviews, how)(shop.business_id, reviews(shop)[-1].id, reason="Known customer", actor=actor, **more)


def test_a_held_payment_charges_nothing_and_waits(shop: Shop) -> None:
    order_id = held(shop)

    with pytest.raises(RiskUnderReview):
        shop.pay(order_id)

    [review], [decision] = reviews(shop), decisions(shop)
    assert (shop.order(order_id).status, attempts(shop, order_id)) == ("created", [])
    assert (review.status, review.order_id, review.decision_id) == ("waiting", order_id, decision.id)
    assert (decision.result, decision.fired) == ("review", ["Look first"])
    shop.audit()


def test_released_it_goes_on_where_it_stopped(shop: Shop) -> None:
    order_id = held(shop)

    decide(shop, "release")
    attempt_id = shop.pay(order_id)

    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    assert shop.order(order_id).status == "fulfilled"
    assert [(row.status, row.decided_by, row.resolution) for row in reviews(shop)] == [
        ("released", "usr_ann", "Known customer")
    ]
    shop.audit()


def test_refused_the_order_is_closed_with_what_it_held(shop: Shop) -> None:
    order_id = held(shop)

    decide(shop, "refuse")

    order = shop.order(order_id)
    assert (order.status, order.close_reason) == ("closed", "risk_blocked")
    with pytest.raises(RiskBlocked):
        shop.pay(order_id)
    shop.audit()


def test_one_decides_and_the_other_is_told(shop: Shop) -> None:
    held(shop)
    decide(shop, "release")

    decide(shop, "release")  # the same request again
    for how, actor in (("refuse", "usr_ann"), ("release", "usr_bob"), ("refuse", "usr_bob")):
        with pytest.raises(Conflict) as told:
            decide(shop, how, actor=actor)
        assert (told.value.code, "released" in told.value.message) == ("review_over", True)

    assert [row.version for row in reviews(shop)] == [2]
    shop.audit()


def test_a_block_goes_before_a_review(shop: Shop) -> None:
    order_id = held(shop)
    decide(shop, "release")
    make_entry(shop, "buyer-1")
    make_rule_set(shop, REVIEW_ALL, *BLOCK_LIST, to="on")

    with pytest.raises(RiskBlocked):
        shop.pay(order_id)

    shop.audit()


def test_nothing_is_decided_after_the_order_ended(shop: Shop, clock: Any) -> None:
    order_id = held(shop)
    clock.move(1801)

    for how in ("release", "refuse"):
        with pytest.raises(Conflict):
            decide(shop, how)
    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")

    with pytest.raises(Conflict):
        decide(shop, "release")
    assert shop.order(order_id).close_reason == "expired"


def test_the_buyer_is_allowed_for_a_while_if_wished(shop: Shop) -> None:
    held(shop)

    decide(shop, "release", allow_buyer=True)

    [entry] = entries.list_entries(shop.business_id)
    assert (entry.list_name, entry.value, entry.expires_at is not None) == (ListName.ALLOW, "buyer-1", True)
    assert shop.pay(shop.place())  # of the same buyer, and no rule fires
    shop.audit()


def test_a_decision_needs_a_reason(shop: Shop) -> None:
    held(shop)

    with pytest.raises(Invalid):
        manage_reviews.release(shop.business_id, reviews(shop)[0].id, reason=" ", actor="usr_ann")


def test_placing_and_paying_at_once_is_held_too(shop: Shop) -> None:
    make_rule_set(shop, REVIEW_ALL, to="on")
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b-1"))
    order_id: uuid.UUID = new_id()

    with pytest.raises(RiskUnderReview):
        place_and_pay.place_and_pay(shop.business_id, command, order_id=order_id, is_new=True, channel="simulator")

    assert [row.order_id for row in reviews(shop)] == [order_id]
    decide(shop, "release")
    place_and_pay.place_and_pay(shop.business_id, command, order_id=order_id, channel="simulator")
    assert shop.order(order_id).status == "paying"
    shop.audit()
