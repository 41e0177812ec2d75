"""Membership levels, as orders and refunds make them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.domain.fulfilment.membership import Period
from app.read.fulfilment.memberships import memberships_of
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.catalog.set_deliverable import set_deliverable
from tests.factories.shop import Shop

DAY_S = 86_400


@pytest.fixture
def gold(shop: Shop) -> uuid.UUID:
    """A second level above the shop's one, at twice its price."""
    command = SkuCommand(code="GOLD", name="Gold", price_minor=2000, currency="USD")
    sku_id = manage_catalog.add_sku(shop.business_id, shop.product_id, command)
    say(shop, shop.sku_id, level="Silver", rank=1)
    say(shop, sku_id, level="Gold", rank=2, upgrade="convert")
    return sku_id


def say(shop: Shop, sku_id: uuid.UUID, **deliverable: Any) -> None:
    set_deliverable(shop.business_id, sku_id, deliverable)


def buy(shop: Shop, sku_id: uuid.UUID) -> uuid.UUID:
    order_id = shop.place(sku_id=sku_id)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def refund(shop: Shop, order_id: uuid.UUID) -> None:
    shop.refund(order_id)
    [transaction] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(transaction.id).id)
    shop.work_off()


def standing(shop: Shop) -> tuple[Period | None, tuple[Period, ...]]:
    found = memberships_of(shop.business_id, "buyer-1")
    return (found[0].current, found[0].following) if found else (None, ())


def length(period: Period) -> timedelta:
    return period.ends_at - period.starts_at


def test_an_upgrade_runs_at_once_and_its_refund_gives_the_old_level_back(
    clock: Any, shop: Shop, gold: uuid.UUID
) -> None:
    buy(shop, shop.sku_id)
    clock.move(10 * DAY_S)
    upgrade = buy(shop, gold)

    current, following = standing(shop)
    assert current is not None
    assert (current.level, following) == ("Gold", ())
    # 30 days, and a little less than 20 at half the price.
    assert timedelta(days=39) < length(current) < timedelta(days=40)

    refund(shop, upgrade)

    current, following = standing(shop)
    assert current is not None
    assert (current.level, following) == ("Silver", ())
    assert timedelta(days=19) < length(current) < timedelta(days=20)


def test_a_downgrade_follows_and_moves_up_when_the_higher_level_is_refunded(shop: Shop, gold: uuid.UUID) -> None:
    higher = buy(shop, gold)
    buy(shop, shop.sku_id)
    current, following = standing(shop)
    assert current is not None
    assert (current.level, [each.level for each in following]) == ("Gold", ["Silver"])
    assert following[0].starts_at == current.ends_at

    refund(shop, higher)

    current, following = standing(shop)
    assert current is not None
    assert (current.level, following, length(current)) == ("Silver", (), timedelta(days=30))


def test_a_refund_in_the_middle_leaves_no_gap(shop: Shop) -> None:
    first, middle, last = (buy(shop, shop.sku_id) for _ in range(3))

    refund(shop, middle)

    rows = [row for row in shop.entitlements() if row.status == "active"]
    assert first != last
    assert [row.ends_at - row.starts_at for row in rows] == [timedelta(days=30)] * 2
    assert rows[0].ends_at == rows[1].starts_at


def test_who_has_nothing_left_is_no_member(shop: Shop, clock: Any) -> None:
    buy(shop, shop.sku_id)
    clock.move(31 * DAY_S)

    assert standing(shop) == (None, ())
