"""What the outside hears of memberships, from purchases, changes by hand, refunds and time alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

from app.core import clock as now_clock
from app.core.ids import new_id
from app.workflow.accounts.change_settings import change_settings
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.catalog.set_deliverable import set_deliverable
from app.workflow.fulfilment.grant_membership import extend_membership
from app.workflow.fulfilment.refresh_memberships import refresh_due
from app.workflow.fulfilment.shorten_membership import revoke_membership, shorten_membership
from tests.factories.memberships import DAY_S, events, grant, member, membership_of, refresh
from tests.factories.shop import Shop

ABOUT = {"reason": "asked", "actor": "test"}


def heard(shop: Shop) -> list[str]:
    found = [event.topic for event in events(shop) if event.topic.startswith("membership.")]
    return [topic.removeprefix("membership.") for topic in found]


def test_a_purchase_starts_and_time_ends_it(shop: Shop, clock) -> None:
    shop.paid_order()
    assert heard(shop) == []

    refresh(shop)
    refresh(shop)
    assert heard(shop) == ["started"]
    clock.move(22 * DAY_S)
    refresh(shop)
    assert heard(shop) == ["started"]
    clock.move(2 * DAY_S)
    refresh(shop)
    clock.move(7 * DAY_S)
    refresh(shop)

    assert heard(shop) == ["started", "ending", "ended"]
    assert member(shop, membership_of(shop)).due_at is None


def test_whoever_is_late_tells_all_that_happened_in_order(shop: Shop, clock) -> None:
    grant(shop, days=30)
    refresh(shop)
    clock.move(40 * DAY_S)

    grant(shop, days=30)
    refresh(shop)

    assert heard(shop) == ["started", "ended", "started"]


def test_changes_by_hand_are_told(shop: Shop) -> None:
    membership_id = grant(shop, days=20)
    refresh(shop)

    extend_membership(shop.business_id, membership_id, 5, **ABOUT)
    refresh(shop)
    shorten_membership(shop.business_id, membership_id, now_clock.now() + timedelta(days=10), **ABOUT)
    refresh(shop)
    revoke_membership(shop.business_id, membership_id, **ABOUT)
    refresh(shop)

    assert heard(shop) == ["started", "changed", "changed", "ended"]


def test_a_reminder_goes_out_once_for_each_end(shop: Shop, clock) -> None:
    membership_id = grant(shop, days=10)
    clock.move(4 * DAY_S)
    refresh(shop)
    extend_membership(shop.business_id, membership_id, 10, **ABOUT)
    refresh(shop)
    assert heard(shop) == ["started", "ending", "changed"]

    clock.move(10 * DAY_S)
    refresh(shop)

    assert heard(shop)[3:] == ["ending"]


def test_short_memberships_and_businesses_that_do_not_want_to_are_not_reminded(shop: Shop, clock) -> None:
    grant(shop, "short", days=5)
    change_settings(shop.business_id, {"membership_reminder_days": None}, actor="test")
    grant(shop, "long", days=30)
    refresh(shop)
    clock.move(40 * DAY_S)
    refresh(shop)

    assert "ending" not in heard(shop)


def test_another_setting_holds_for_those_who_are_members(shop: Shop, clock) -> None:
    grant(shop, days=30)
    refresh(shop)
    clock.move(10 * DAY_S)
    refresh(shop)
    assert heard(shop) == ["started"]

    change_settings(shop.business_id, {"membership_reminder_days": 25}, actor="test")
    refresh(shop)

    assert heard(shop) == ["started", "ending"]


def test_a_level_that_begins_by_itself_is_told(shop: Shop, clock) -> None:
    gold = _gold(shop)
    grant(shop, days=30)
    refresh(shop)
    grant(shop, days=10, sku_id=gold)
    refresh(shop)
    assert heard(shop) == ["started", "level_changed", "changed"]

    clock.move(11 * DAY_S)
    refresh(shop)

    [*_, event] = [event for event in events(shop) if event.topic == "membership.level_changed"]
    assert (event.payload["previous_level"], event.payload["level"]) == ("Gold", "Silver")


def test_the_job_refreshes_every_business(shop: Shop) -> None:
    grant(shop)

    while refresh_due():
        pass

    assert heard(shop) == ["started"]


def _gold(shop: Shop) -> uuid.UUID:
    command = SkuCommand(code=f"GOLD-{new_id().hex[:8]}", name="Gold", price_minor=2000, currency="USD")
    sku_id = manage_catalog.add_sku(shop.business_id, shop.product_id, command)
    set_deliverable(shop.business_id, shop.sku_id, {"level": "Silver", "rank": 1})
    set_deliverable(shop.business_id, sku_id, {"level": "Gold", "rank": 2})
    return sku_id
