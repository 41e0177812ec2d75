"""Membership days that people and keys give."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from app.core.errors import Conflict, Invalid
from app.core.ids import new_id, parse
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.fulfilment import members_resource
from app.read.fulfilment.memberships import memberships_of
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.fulfilment.grant_membership import GrantCommand, extend_membership, grant_membership
from tests.factories.approvals import ANN, BEN
from tests.factories.memberships import grant, member, membership_of
from tests.factories.merchant import sell
from tests.factories.people import make_members
from tests.factories.shop import Shop


def test_days_by_hand_follow_what_was_bought(shop: Shop) -> None:
    shop.paid_order()

    membership_id = grant(shop, days=10)

    row = member(shop, membership_id)
    assert membership_id == membership_of(shop)
    assert row.ends_at - row.starts_at == timedelta(days=40)
    [change] = members_resource.list_changes(shop.business_id, membership_id, after=None, limit=10)
    assert (change.kind, change.seconds, change.reason) == ("granted", 10 * 86_400, "a gift")


def test_the_same_change_is_made_once(shop: Shop) -> None:
    command, change_id = GrantCommand(buyer="ann", sku_id=shop.sku_id, days=3), new_id()
    about = {"reason": "a gift", "actor": "test", "change_id": change_id}

    made = [grant_membership(shop.business_id, command, **about) for _ in range(2)]
    for _ in range(2):
        extend_membership(shop.business_id, made[0], 1, reason="more", actor="test", change_id=derived(change_id))

    row = member(shop, made[0])
    assert made[0] == made[1]
    assert row.ends_at - row.starts_at == timedelta(days=4)


def derived(change_id: uuid.UUID) -> uuid.UUID:
    return uuid.UUID(int=change_id.int ^ 1)


def test_an_ended_membership_that_is_extended_begins_again(shop: Shop, clock) -> None:
    membership_id = grant(shop, days=1)
    clock.move(5 * 86_400)

    extend_membership(shop.business_id, membership_id, 2, reason="sorry", actor="test")

    [found] = memberships_of(shop.business_id, "buyer-1")
    assert found.current is not None
    assert found.current.ends_at - found.current.starts_at == timedelta(days=2)


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_too_few_or_too_many_days_are_refused(shop: Shop, days: int) -> None:
    with pytest.raises(Invalid):
        grant(shop, days=days)


def test_what_is_no_membership_is_refused(shop: Shop) -> None:
    sell(shop, "points")

    with pytest.raises(Conflict):
        grant(shop)


def test_days_over_the_limit_wait_for_somebody_else(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)
    set_approval_limits(shop.business_id, {"membership": {"DAY": 30}})
    command = GrantCommand(buyer="ann", sku_id=shop.sku_id, days=20)
    about = {"reason": "a gift", "actor": ANN}

    membership_id = grant_membership(shop.business_id, command, **about)
    with pytest.raises(ApprovalNeeded) as asked:
        extend_membership(shop.business_id, membership_id, 20, **about)

    assert days_of(shop, membership_id) == 20
    approval_id = parse("apr", asked.value.details["approval_id"])
    assert decide_approval.approve(shop.business_id, approval_id, actor=BEN) == "done"
    assert days_of(shop, membership_id) == 40


def days_of(shop: Shop, membership_id: uuid.UUID) -> int:
    row = member(shop, membership_id)
    return (row.ends_at - row.starts_at).days
