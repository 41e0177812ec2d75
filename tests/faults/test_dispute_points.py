"""Disputes, stopped dead at each step: one dispute, its money booked once, and the answer told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.workflow.payments import follow_disputes
from tests.factories.disputes import Disputes, paid_attempt
from tests.factories.shop import Shop
from tests.faults.act import act

TAKE_BACK_LOST = ("fulfil_order.take_back_lost.before_commit", "fulfil_order.take_back_lost.after")


@pytest.mark.parametrize(
    "point",
    [
        "follow_disputes.claim.before_commit",
        "follow_disputes.claim.after",
        "follow_disputes.call.after",
        "follow_disputes.record.before_commit",
        "follow_disputes.record.after",
    ],
)
def test_a_decision_is_booked_once_whoever_dies(shop: Shop, dies: Callable[..., None], point: str) -> None:
    disputes = Disputes(shop)
    number = disputes.open(paid_attempt(shop)[1])
    disputes.decide(number, "dispute.lost")

    dies(shop, "ask_dispute", disputes.one(number).id, at=point)
    follow_disputes.ask(shop.business_id, disputes.one(number).id, force=True)

    assert (disputes.one(number).status, disputes.one(number).lost_minor) == ("lost", 1000)
    assert shop.balance("disputed") == 0
    shop.audit()


@pytest.mark.parametrize(
    ("step", "point", "status"),
    [
        ("submit_evidence", "answer_dispute.submit.before_commit", "under_review"),
        ("submit_evidence", "answer_dispute.submit.after", "under_review"),
        ("accept_dispute", "answer_dispute.accept.before_commit", "accepted"),
        ("accept_dispute", "answer_dispute.accept.after", "accepted"),
    ],
)
def test_an_answer_is_told_whoever_dies(
    shop: Shop, dies: Callable[..., None], step: str, point: str, status: str
) -> None:
    disputes = Disputes(shop)
    number = disputes.open(paid_attempt(shop)[1])
    dispute_id = disputes.one(number).id

    dies(shop, step, dispute_id, at=point)
    if point.endswith("before_commit"):
        assert disputes.one(number).action is None
        act(shop, step, dispute_id)
    else:
        follow_disputes.ask(shop.business_id, dispute_id, force=True)

    assert disputes.one(number).status == status
    shop.audit()


@pytest.mark.parametrize("point", TAKE_BACK_LOST)
def test_goods_are_taken_back_once_whoever_dies(shop: Shop, dies: Callable[..., None], point: str) -> None:
    disputes = Disputes(shop)
    order_id, attempt_id = paid_attempt(shop)
    number = disputes.open(attempt_id)
    disputes.decide(number, "dispute.lost")
    follow_disputes.ask(shop.business_id, disputes.one(number).id, force=True)

    dies(shop, "lost_dispute", order_id, at=point)
    shop.work_off()

    assert {each.status for each in shop.entitlements()} == {"revoked"}
    shop.audit()
