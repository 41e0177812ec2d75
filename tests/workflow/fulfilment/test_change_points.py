"""Points that a merchant gives and takes by hand: once, never below zero, and many of them by two people."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid
from app.core.ids import new_id, parse
from app.domain.accounts.business.errors import ApprovalNeeded, ApprovalRefused
from app.domain.fulfilment.errors import InsufficientPoints
from app.domain.fulfilment.models import PointsAccount, PointsEntry
from app.domain.fulfilment.rules import MAX_POINTS
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.fulfilment.change_points import change_points
from tests.factories.approvals import ANN, BEN
from tests.factories.people import make_members
from tests.factories.shop import Shop


def test_points_are_given_and_spent_with_their_reasons(shop: Shop) -> None:
    _change(shop, 300, reason="sorry")
    _change(shop, -120, reason="a mug")

    written = shop.many(
        select(PointsEntry.change, PointsEntry.balance, PointsEntry.kind, PointsEntry.reason).order_by(PointsEntry.id)
    )
    assert written == [(300, 300, "granted", "sorry"), (-120, 180, "spent", "a mug")]
    assert _balance(shop) == 180


@pytest.mark.parametrize("change", [0, MAX_POINTS + 1, -MAX_POINTS - 1])
def test_what_is_no_change_or_too_much_makes_no_account(shop: Shop, change: int) -> None:
    with pytest.raises(Invalid):
        _change(shop, change)

    assert shop.many(select(PointsAccount.id)) == []


def test_the_same_entry_again_changes_nothing(shop: Shop) -> None:
    given, taken = new_id(), new_id()

    assert {_change(shop, 100, entry_id=given) for _ in range(3)} == {given}
    assert {_change(shop, -60, entry_id=taken) for _ in range(3)} == {taken}

    assert (_balance(shop), len(shop.many(select(PointsEntry.id)))) == (40, 2)


def test_of_many_that_spend_at_once_no_more_succeed_than_there_is_for(shop: Shop) -> None:
    _change(shop, 100)

    def spend(_: int) -> bool:
        try:
            _change(shop, -40)
        except InsufficientPoints:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        spent = sorted(pool.map(spend, range(4)))

    assert (spent, _balance(shop)) == ([False, False, True, True], 20)
    with pytest.raises(InsufficientPoints) as refused:
        _change(shop, -21)
    assert refused.value.details == {"balance": 20}


def test_many_points_wait_for_somebody_else_and_are_given_once(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)
    set_approval_limits(shop.business_id, {"points": {"PTS": 1000}})
    _change(shop, 400, actor=ANN)
    wanted = {"actor": ANN, "entry_id": new_id()}

    with pytest.raises(ApprovalNeeded) as asked:
        _change(shop, 700, **wanted)
    with pytest.raises(ApprovalRefused):
        _change(shop, 701, **wanted)  # not what was asked for
    waiting = _balance(shop)
    decide_approval.approve(shop.business_id, _asked(asked), actor=BEN)
    _change(shop, 700, **wanted)  # a second time
    _change(shop, -1100, actor=ANN)  # to take points takes nobody else

    assert (waiting, _balance(shop)) == (400, 0)


def test_what_somebody_else_refused_is_not_given(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)
    set_approval_limits(shop.business_id, {"points": {"PTS": 0}})
    wanted = {"actor": ANN, "entry_id": new_id()}
    with pytest.raises(ApprovalNeeded) as asked:
        _change(shop, 5, **wanted)

    decide_approval.reject(shop.business_id, _asked(asked), actor=BEN, reason="no")
    with pytest.raises(ApprovalRefused):
        _change(shop, 5, **wanted)

    assert shop.many(select(PointsEntry.id)) == []


def _change(shop: Shop, change: int, **more: Any) -> uuid.UUID:
    about = {"buyer": "buyer-1", "reason": "goodwill", "actor": "test", **more}
    return change_points(shop.business_id, change=change, **about)


def _balance(shop: Shop) -> int:
    return int(shop.one(select(PointsAccount.balance)).balance)


def _asked(asked: pytest.ExceptionInfo[ApprovalNeeded]) -> uuid.UUID:
    return parse("apr", asked.value.details["approval_id"])
