"""Memberships that go to another buyer, and what refunds and clocks do to them there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock as now_clock
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id, parse
from app.domain.accounts.business.errors import ApprovalNeeded
from app.read.fulfilment import members_resource
from app.read.fulfilment.memberships import memberships_of
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.fulfilment.move_membership import move_membership
from tests.factories.approvals import ANN, BEN
from tests.factories.memberships import DAY_S, events, grant, member, membership_of
from tests.factories.people import make_members
from tests.factories.shop import Shop

ABOUT = {"reason": "a gift to a friend", "actor": "test"}


def refund(shop: Shop, order_id) -> None:
    shop.refund(order_id)
    [transaction] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(transaction.id).id)
    shop.work_off()


def left(shop: Shop, buyer: str) -> timedelta:
    with_time = memberships_of(shop.business_id, buyer)
    return with_time[0].ends_at - now_clock.now() if with_time else timedelta(0)


def test_what_is_left_goes_on_top_of_what_the_other_has(shop: Shop, clock) -> None:
    shop.paid_order()
    grant(shop, "zoe", days=5)
    clock.move(10 * DAY_S)

    made = move_membership(shop.business_id, membership_of(shop), "zoe", **ABOUT)

    assert made == membership_of(shop, "zoe")
    assert left(shop, "buyer-1") == timedelta(0)
    assert timedelta(days=19) < left(shop, "zoe") <= timedelta(days=20)
    kinds = [each.kind for each in members_resource.list_changes(shop.business_id, made, after=None, limit=5)]
    assert kinds == ["moved_here", "granted"]


def test_the_same_move_is_made_once_and_not_to_oneself(shop: Shop) -> None:
    membership_id, change_id = grant(shop), new_id()

    made = [move_membership(shop.business_id, membership_id, "zoe", change_id=change_id, **ABOUT) for _ in range(2)]

    assert made[0] == made[1]
    with pytest.raises(Conflict):
        move_membership(shop.business_id, membership_id, "zoe", **ABOUT)
    with pytest.raises(Invalid):
        move_membership(shop.business_id, made[0], "zoe", **ABOUT)


@pytest.mark.parametrize("moves", [("zoe",), ("zoe", "kim"), ("zoe", "buyer-1"), ("zoe", "kim", "zoe")])
def test_a_refund_follows_what_was_moved(shop: Shop, clock, moves: tuple[str, ...]) -> None:
    order_id = shop.paid_order()
    gift = grant(shop, moves[-1], days=3)
    clock.move(DAY_S)
    at = "buyer-1"
    for to in moves:
        clock.move(DAY_S / 2)
        move_membership(shop.business_id, membership_of(shop, at), to, **ABOUT)
        at = to

    refund(shop, order_id)

    running = {buyer: left(shop, buyer) > timedelta(0) for buyer in {"buyer-1", *moves}}
    assert running == {buyer: buyer == at for buyer in running}
    assert left(shop, at) <= timedelta(days=3)
    assert member(shop, gift).ends_at > now_clock.now()


def test_a_test_clock_ends_what_was_moved(shop: Shop) -> None:
    shop.paid_order()
    made = move_membership(shop.business_id, membership_of(shop), "zoe", **ABOUT)

    shop.advance(31 * DAY_S)

    assert members_resource.get_member(shop.business_id, made).current is None or left(shop, "zoe") == timedelta(0)
    topics = [event.topic for event in events(shop) if event.topic.startswith("membership.")]
    assert topics.count("membership.started") == topics.count("membership.ended") >= 1
    assert "membership.ending" in topics


def test_many_days_are_moved_by_two_people(shop: Shop, clock) -> None:
    make_members(shop.business_id, ANN, BEN)
    membership_id = grant(shop, days=60)
    set_approval_limits(shop.business_id, {"membership": {"DAY": 30}})
    about = {"reason": "asked", "actor": ANN}

    with pytest.raises(ApprovalNeeded) as asked:
        move_membership(shop.business_id, membership_id, "zoe", **about)
    clock.move(DAY_S)
    approval_id = parse("apr", asked.value.details["approval_id"])

    assert decide_approval.approve(shop.business_id, approval_id, actor=BEN) == "done"
    assert timedelta(days=58) < left(shop, "zoe") <= timedelta(days=59)
