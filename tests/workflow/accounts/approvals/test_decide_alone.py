"""Who owns a business alone waits in place of a second person."""

from __future__ import annotations

import uuid
from types import ModuleType

import pytest

from app.core import db, settings
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id, parse, show
from app.domain.accounts.business import independence
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.accounts import approvals
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.people import manage_team, sponsor_member
from tests.attacks.people import joined, key_of, member_id
from tests.factories.approvals import waiting_approval
from tests.factories.people import make_user
from tests.factories.shop import Shop

LIMITS = {"payout": {"USD": 1000}}


@pytest.fixture
def ann(shop: Shop) -> str:
    """The only owner."""
    return show("usr", make_user(shop.business_id).user_id)


def test_only_the_person_who_owns_it_is_alone(shop: Shop, ann: str) -> None:
    viewer = show("usr", make_user(shop.business_id, "viewer").user_id)

    assert _is_alone(shop, ann)
    for actor in (viewer, show("usr", new_id()), key_of(shop, ann), f"operator:{ann}", "system"):
        assert not _is_alone(shop, actor)


def test_a_second_owner_counts_once_they_are_somebody_of_their_own(shop: Shop, ann: str) -> None:
    friend = joined(shop, ann)
    with_a_friend = _is_alone(shop, ann), _is_alone(shop, friend)

    other = show("usr", make_user(shop.business_id).user_id)
    sponsor_member.confirm(shop.business_id, member_id(shop, friend), actor=other)

    assert with_a_friend == (True, True)
    assert not any(_is_alone(shop, actor) for actor in (ann, friend, other))


def test_who_removed_the_other_owner_is_not_alone_for_a_week(shop: Shop, ann: str, clock: ModuleType) -> None:
    other = show("usr", make_user(shop.business_id).user_id)
    manage_team.remove(shop.business_id, member_id(shop, other), actor=ann)

    clock.move(independence.REMEMBERED.total_seconds() - 60)
    early = _is_alone(shop, ann)
    clock.move(120)

    assert (early, _is_alone(shop, ann)) == (False, True)


def test_a_wait_is_no_decision_of_anybody_and_has_its_end(shop: Shop, ann: str) -> None:
    row = approvals.get_approval(shop.business_id, _wait(shop, ann))

    assert (row.status, row.decided_by, list(row.decider_principals)) == ("approved", decide_alone.BY_WAITING, [])
    assert row.decided_at is not None
    assert row.not_before is not None
    assert row.not_before - row.decided_at == settings.current().second_person_waits
    assert approvals.limits(shop.business_id) == LIMITS


def test_what_was_called_off_is_never_carried_out(shop: Shop, ann: str, clock: ModuleType) -> None:
    approval_id = _wait(shop, ann)

    decide_alone.call_off(shop.business_id, approval_id, actor=ann)
    with pytest.raises(Conflict):
        decide_alone.call_off(shop.business_id, approval_id, actor=ann)
    clock.move(settings.current().second_person_waits.total_seconds() + 60)
    decide_approval.sweep_approvals()

    assert approvals.get_approval(shop.business_id, approval_id).status == "failed"
    assert approvals.limits(shop.business_id) == LIMITS


def test_only_what_waits_is_called_off(shop: Shop, ann: str) -> None:
    requested = waiting_approval(shop)

    with pytest.raises(Conflict):
        decide_alone.call_off(shop.business_id, requested, actor=ann)
    with pytest.raises(NotFound):
        decide_alone.call_off(shop.business_id, new_id(), actor=ann)

    assert approvals.get_approval(shop.business_id, requested).status == "requested"


def _is_alone(shop: Shop, actor: str) -> bool:
    with db.reading(shop.business_id):
        return decide_alone.is_alone(actor)


def _wait(shop: Shop, actor: str) -> uuid.UUID:
    set_approval_limits(shop.business_id, LIMITS)
    needed = set_approval_limits(shop.business_id, {}, actor=actor, has_second_factor=True)
    assert isinstance(needed, ApprovalNeeded)
    return parse("apr", needed.details["approval_id"])
