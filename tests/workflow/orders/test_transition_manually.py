"""Moves by hand, which take two people."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id, show
from app.core.states import IllegalTransition
from app.workflow.accounts.approvals import decide_approval
from app.workflow.orders import transition_manually
from tests.factories.approvals import ANN, BEN, approval_of
from tests.factories.people import make_members
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def _team(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)


@pytest.mark.parametrize(("to", "order"), [("succeeded", "fulfilled"), ("failed", "created")])
def test_an_undecided_payment_is_moved_by_two_people(shop: Shop, to: str, order: str) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shown = show("att", attempt_id)

    approval_id = transition_manually.request_transition(
        shop.business_id, shown, to, reason="seen on their page", actor=ANN
    )
    with pytest.raises(Conflict):
        transition_manually.request_transition(shop.business_id, shown, to, reason="again", actor=BEN)
    held = approval_of(shop, approval_id)

    assert shop.attempt(attempt_id).status == "pending"
    assert decide_approval.approve(shop.business_id, held.id, actor=BEN) == "done"
    shop.work_off()
    assert (shop.attempt(attempt_id).status, shop.order(order_id).status) == (to, order)
    assert (held.subject_id, held.amount_minor) == (order_id, 1000)


def test_a_move_is_refused_where_there_is_none_and_fails_when_it_came_too_late(shop: Shop, new_shop: Any) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shown = show("att", attempt_id)
    approval_id = transition_manually.request_transition(
        shop.business_id, shown, "failed", reason="no trace of it", actor=ANN
    )
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    assert decide_approval.approve(shop.business_id, approval_of(shop, approval_id).id, actor=BEN) == "failed"
    assert shop.attempt(attempt_id).status == "succeeded"
    for error, text, to, by in (
        (IllegalTransition, shown, "failed", ANN),
        (IllegalTransition, shown, "nonsense", ANN),
        (NotFound, show("att", new_id()), "failed", ANN),
        (NotFound, show("ord", order_id), "closed", ANN),
        (Invalid, shown, "failed", "system"),
    ):
        with pytest.raises(error):
            transition_manually.request_transition(shop.business_id, text, to, reason="x", actor=by)
    with pytest.raises(NotFound):
        transition_manually.request_transition(new_shop().business_id, shown, "failed", reason="x", actor=ANN)
    with pytest.raises(Invalid):
        transition_manually.request_transition(shop.business_id, shown, "failed", reason=" ", actor=ANN)
