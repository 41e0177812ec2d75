"""Limits get narrower at once, and wider by two people."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import Conflict, Invalid
from app.core.ids import show
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.accounts import approvals
from app.workflow.accounts.approvals import set_approval_limits as limits
from tests.factories.approvals import approval_of
from tests.factories.people import make_user
from tests.factories.shop import Shop


@pytest.fixture
def ann(shop: Shop) -> str:
    """One of two owners."""
    make_user(shop.business_id)
    return show("usr", make_user(shop.business_id).user_id)


def test_one_person_narrows_at_once_and_the_system_does_both(shop: Shop, ann: str) -> None:
    wide, narrow = {"payout": {"USD": 5000}}, {"payout": {"USD": 100, "EUR": 0}, "points": {"PTS": 10}}

    asked = [_set(shop, wide, actor=ann), _set(shop, narrow, actor=ann)]
    narrowed = approvals.limits(shop.business_id)
    asked.append(_set(shop, {}, actor="system"))

    assert asked == [None, None, None]
    assert (narrowed, approvals.limits(shop.business_id)) == (narrow, {})


def test_what_is_narrower_holds_at_once_while_the_wider_part_waits(shop: Shop, ann: str) -> None:
    _set(shop, {"payout": {"USD": 1000}, "refund": {"USD": 1000}})

    asked = _set(shop, {"payout": {"USD": 9000}, "refund": {"USD": 500}}, actor=ann)

    assert isinstance(asked, ApprovalNeeded)
    row = approval_of(shop, asked)
    assert (row.kind, row.status, row.requested_by) == ("limits", "requested", ann)
    assert row.payload["changes"] == [{"field": "Payouts, USD", "before": "10.00 USD", "after": "90.00 USD"}]
    assert approvals.limits(shop.business_id) == {"payout": {"USD": 1000}, "refund": {"USD": 500}}


def test_what_was_approved_is_raised_and_raising_it_again_changes_nothing(shop: Shop, ann: str) -> None:
    _set(shop, {"payout": {"USD": 1000}})
    asked = _set(shop, {"payout": {"USD": 9000}}, actor=ann)
    assert isinstance(asked, ApprovalNeeded)
    row = approval_of(shop, asked)

    for _ in range(2):
        limits.raise_limits(shop.business_id, row)

    assert approvals.limits(shop.business_id) == {"payout": {"USD": 9000}}


def test_what_was_approved_is_not_raised_over_limits_that_changed_meanwhile(shop: Shop, ann: str) -> None:
    _set(shop, {"payout": {"USD": 1000}})
    asked = _set(shop, {"payout": {"USD": 9000}}, actor=ann)
    assert isinstance(asked, ApprovalNeeded)
    _set(shop, {"payout": {"USD": 200}}, actor=ann)

    with pytest.raises(Conflict):
        limits.raise_limits(shop.business_id, approval_of(shop, asked))

    assert approvals.limits(shop.business_id) == {"payout": {"USD": 200}}


def test_channels_take_two_people_from_now_on_and_stop_only_by_two(shop: Shop, ann: str) -> None:
    on = _set(shop, {}, channels_need_approval=True, actor=ann)
    unchanged = _set(shop, {}, actor=ann)
    off = _set(shop, {}, channels_need_approval=False, actor=ann)

    assert (on, unchanged) == (None, None)
    assert isinstance(off, ApprovalNeeded)
    assert approvals.rules_of(shop.business_id).channels_need_approval
    (change,) = approval_of(shop, off).payload["changes"]
    assert (change["before"], change["after"]) == ("Two people", "One person")


@pytest.mark.parametrize(
    "wrong",
    [
        {"gift": {"USD": 1}},
        {"payout": {"USD": -1}},
        {"payout": {"PTS": 1}},
        {"points": {"USD": 1}},
        {"refund": {"XQX": 1}},
    ],
)
def test_a_limit_that_is_none_changes_nothing(shop: Shop, wrong: dict[str, dict[str, int]]) -> None:
    _set(shop, {"payout": {"USD": 1000}})

    with pytest.raises(Invalid):
        _set(shop, wrong)

    assert approvals.limits(shop.business_id) == {"payout": {"USD": 1000}}


def _set(shop: Shop, wanted: dict[str, dict[str, int]], **about: Any) -> ApprovalNeeded | None:
    return limits.set_approval_limits(shop.business_id, wanted, **about)


def test_limits_that_changed_since_they_were_seen_are_not_overwritten(shop: Shop, ann: str) -> None:
    seen = approvals.rules_of(shop.business_id).seen
    _set(shop, {"payout": {"USD": 500}}, actor=ann)

    with pytest.raises(Conflict, match="version_conflict"):
        _set(shop, {"payout": {"USD": 100}}, actor=ann, seen=seen)
    _set(shop, {"payout": {"USD": 100}}, actor=ann, seen=approvals.rules_of(shop.business_id).seen)

    assert approvals.limits(shop.business_id) == {"payout": {"USD": 100}}
