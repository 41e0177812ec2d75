"""Membership days that people and keys take away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock as now_clock
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.read.fulfilment import members_resource
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.catalog.set_deliverable import set_deliverable
from app.workflow.fulfilment.grant_membership import extend_membership
from app.workflow.fulfilment.shorten_membership import revoke_membership, shorten_membership
from tests.factories.memberships import DAY_S, grant, member, membership_of
from tests.factories.shop import Shop

ABOUT = {"reason": "asked for it", "actor": "test"}


def test_the_last_time_is_lost_first(shop: Shop, clock) -> None:
    shop.paid_order()
    membership_id = grant(shop, days=10)
    clock.move(5 * DAY_S)
    until = now_clock.now() + timedelta(days=30)

    shorten_membership(shop.business_id, membership_id, until, **ABOUT)

    first, last = sorted(shop.entitlements(), key=lambda row: row.granted_at)
    assert member(shop, membership_id).ends_at == last.ends_at == until
    assert first.shortened_us == 0
    [change, _] = members_resource.list_changes(shop.business_id, membership_id, after=None, limit=10)
    assert (change.kind, round(change.seconds / DAY_S)) == ("shortened", -5)


def test_the_same_change_is_made_once(shop: Shop) -> None:
    membership_id, change_id = grant(shop, days=10), new_id()

    for days in (5, 2):
        until = now_clock.now() + timedelta(days=days)
        shorten_membership(shop.business_id, membership_id, until, change_id=change_id, **ABOUT)

    row = member(shop, membership_id)
    assert (row.ends_at - row.starts_at).days in (4, 5)


def test_revoked_time_ends_now_and_its_order_can_still_be_refunded(shop: Shop, clock) -> None:
    order_id = shop.paid_order()
    clock.move(DAY_S)
    membership_id = membership_of(shop)

    revoke_membership(shop.business_id, membership_id, **ABOUT)

    row = member(shop, membership_id)
    assert row.ends_at <= now_clock.now()
    assert row.ends_at - row.starts_at >= timedelta(days=1)
    shop.refund(order_id)
    [transaction] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(transaction.id).id)
    shop.work_off()
    [entitlement] = shop.entitlements()
    assert (entitlement.status, member(shop, membership_id).ends_at) == ("revoked", row.ends_at)


def test_a_refund_after_a_cut_leaves_what_was_not_cut(shop: Shop) -> None:
    first = shop.paid_order()
    shop.paid_order()
    membership_id = membership_of(shop)
    shorten_membership(shop.business_id, membership_id, now_clock.now() + timedelta(days=50), **ABOUT)

    shop.refund(first)
    [transaction] = shop.refunds(first)
    shop.poll(shop.refund_attempt(transaction.id).id)
    shop.work_off()

    left = member(shop, membership_id).ends_at - now_clock.now()
    assert timedelta(days=19, hours=23) < left <= timedelta(days=20, minutes=1)


def test_a_lower_level_that_waits_is_lost_before_the_higher_that_runs(shop: Shop) -> None:
    gold = manage_catalog.add_sku(
        shop.business_id,
        shop.product_id,
        SkuCommand(code=f"GOLD-{new_id().hex[:8]}", name="Gold", price_minor=2000, currency="USD"),
    )
    set_deliverable(shop.business_id, shop.sku_id, {"level": "Silver", "rank": 1})
    set_deliverable(shop.business_id, gold, {"level": "Gold", "rank": 2})
    membership_id = grant(shop, days=10)
    grant(shop, days=10, sku_id=gold)

    shorten_membership(shop.business_id, membership_id, now_clock.now() + timedelta(days=6), **ABOUT)

    found = members_resource.get_member(shop.business_id, membership_id)
    assert found.current is not None
    assert (found.current.level, found.following) == ("Gold", ())


def test_an_end_that_has_passed_or_is_later_is_refused(shop: Shop) -> None:
    membership_id = grant(shop, days=10)

    for days in (-1, 11):
        with pytest.raises(Invalid):
            shorten_membership(shop.business_id, membership_id, now_clock.now() + timedelta(days=days), **ABOUT)


def test_what_has_ended_cannot_end_again_but_be_extended(shop: Shop) -> None:
    membership_id = grant(shop)
    revoke_membership(shop.business_id, membership_id, **ABOUT)

    with pytest.raises(Conflict):
        revoke_membership(shop.business_id, membership_id, **ABOUT)
    extend_membership(shop.business_id, membership_id, 3, **ABOUT)

    assert member(shop, membership_id).ends_at > now_clock.now() + timedelta(days=2)
