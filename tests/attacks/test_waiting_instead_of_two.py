"""Who owns a business alone widens its limits after a waiting time; nobody else gets around the second person so."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core.errors import Conflict
from app.core.ids import parse
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.accounts import approvals
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.people import manage_team
from tests.attacks.people import Team, joined, key_of, make_team, member_id, visitor_of
from tests.factories.shop import Shop

LIMITS = {"payout": {"USD": 1000}}
HOUR_S, WAITS_H, REMEMBERED_H = 3600, 24, 7 * 24


@pytest.fixture
def team(shop: Shop) -> Team:
    set_approval_limits(shop.business_id, LIMITS)
    return make_team(shop)


def _widen(shop: Shop, actor: str, *, has_second_factor: bool = True) -> uuid.UUID:
    approval_id = set_approval_limits(shop.business_id, {}, actor=actor, has_second_factor=has_second_factor)
    assert isinstance(approval_id, ApprovalNeeded)
    return parse("apr", approval_id.details["approval_id"])


def _after(clock: Any, hours: int) -> None:
    clock.move(hours * HOUR_S)
    decide_approval.sweep_approvals()


def _leave_alone(team: Team, clock: Any) -> None:
    manage_team.remove(team.shop.business_id, member_id(team.shop, team.ben), actor=team.mallory)
    _after(clock, REMEMBERED_H + 1)


def test_who_owns_it_alone_waits_and_then_it_holds(team: Team, clock: Any) -> None:
    here = team.shop.business_id
    _leave_alone(team, clock)

    waiting = approvals.get_approval(here, _widen(team.shop, team.mallory))
    _after(clock, WAITS_H - 1)
    early = approvals.limits(here)
    _after(clock, 2)

    assert (waiting.status, waiting.decided_by, list(waiting.decider_principals)) == ("approved", "system:waited", [])
    assert early == LIMITS
    assert approvals.limits(here) == {}
    assert approvals.get_approval(here, waiting.id).status == "done"


def test_it_is_called_off_until_then(team: Team, clock: Any) -> None:
    here = team.shop.business_id
    _leave_alone(team, clock)
    approval_id = _widen(team.shop, team.mallory)

    decide_alone.call_off(here, approval_id, actor=team.mallory)
    _after(clock, WAITS_H + 1)

    assert approvals.limits(here) == LIMITS
    assert approvals.get_approval(here, approval_id).status == "failed"
    with pytest.raises(Conflict):
        decide_alone.call_off(here, approval_id, actor=team.mallory)


@pytest.mark.parametrize("who", ["owner", "no second factor", "key", "operator", "after removing", "with a friend"])
def test_who_is_not_alone_or_nobody_in_particular_needs_a_second_person(team: Team, clock: Any, who: str) -> None:
    shop, actor = team.shop, team.mallory
    if who in ("no second factor", "key", "operator"):
        _leave_alone(team, clock)
    if who == "key":
        actor = key_of(shop, team.mallory)
    elif who == "operator":
        actor = visitor_of(shop, team.login)
    elif who == "after removing":
        manage_team.remove(shop.business_id, member_id(shop, team.ben), actor=team.mallory)
        _after(clock, REMEMBERED_H - 1)
    elif who == "with a friend":
        joined(shop, team.mallory)

    approval_id = _widen(shop, actor, has_second_factor=who != "no second factor")
    _after(clock, WAITS_H + 2)

    assert approvals.get_approval(shop.business_id, approval_id).status == "requested"
    assert approvals.limits(shop.business_id) == LIMITS
