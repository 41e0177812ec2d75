"""The metrics are what plain counting finds, however often and in whatever order they were counted."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update

from app.core import db
from app.domain.accounts.business.models import Business
from app.domain.insights.metrics.models import DayMetric, HourMetric
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.types import Buyer, OrderItem
from app.workflow.checkout.confirm_checkout import confirm_checkout
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.insights import count_metrics
from app.workflow.orders.end_session import end_session
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")

Key = tuple[Any, ...]


def test_metrics_are_what_plain_counting_finds(shop: Shop) -> None:
    orders = [shop.paid_order(1 + number % 3, buyer=f"buyer-{number % 2}") for number in range(5)]
    shop.refund(orders[0], 300)
    shop.refund(orders[1])
    shop.work_off()
    failed = shop.pay(shop.place())
    shop.decline(failed)
    shop.poll(failed)

    count_metrics.count(shop.business_id)

    _fit(shop, "UTC")
    sums = _sums(shop)
    assert sums["sales", ""] == (5, 0, 9000)
    assert sums["first", ""][0] == 2
    assert sums["refund", ""] == (2, 0, 2300)
    assert sums["reason", "asked"] == (2, 0, 2300)
    assert sums["product", str(shop.product_id)] == (9, 5, 9000)
    assert sums["channel", str(shop.account_id)] == (5, 0, 9000)
    assert sums["tried", str(shop.account_id)] == (6, 5, 0)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_days_and_hours_are_those_of_the_business(shop: Shop, zone: str) -> None:
    _live_in(shop, zone)
    # Two hours that both are called one o'clock, the hour that a spring day lacks, both sides of a midnight.
    moments = [
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
        datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
        datetime(2026, 6, 1, 18, 29, 59, tzinfo=UTC),
        datetime(2026, 6, 1, 18, 30, tzinfo=UTC),
    ]
    for moment in moments:
        _paid_at(shop, shop.paid_order(), moment)

    count_metrics.count_again(shop.business_id)

    _fit(shop, zone)
    _live_in(shop, "UTC")
    count_metrics.count_due()
    _fit(shop, "UTC")


def test_counting_again_and_in_pieces_changes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        shop.paid_order(buyer=f"buyer-{number}")
    count_metrics.count(shop.business_id)
    whole = _rows(shop)
    monkeypatch.setattr(count_metrics, "MAX_COUNT", 4)
    monkeypatch.setattr(count_metrics, "CLOCKS_APART_MS", -2000)

    count_metrics.count(shop.business_id)
    count_metrics.count_again(shop.business_id)

    assert _rows(shop) == whole
    assert count_metrics.count_due() >= 0
    _fit(shop, "UTC")


def test_how_far_visits_come(shop: Shop) -> None:
    visits = [_visit(shop) for _ in range(4)]
    for session_id in visits[:2]:
        confirm_checkout(shop.business_id, session_id, channel="simulator", agreements=[])
    order_id = shop.one(select(CheckoutSession.order_id).where(CheckoutSession.id == visits[0])).order_id
    attempt_id = shop.one(
        text("SELECT a.id FROM payment_attempts a JOIN payment_transactions t ON t.id = a.transaction_id"
             " WHERE t.order_id = :order").bindparams(order=order_id)
    ).id  # fmt: skip
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    end_session(shop.business_id, visits[2], "cancelled")

    count_metrics.count(shop.business_id)

    # Two of four are over: one that was paid and one that was cancelled before anything was chosen.
    sums = _sums(shop)
    stages = [sums.get(("visit", stage), (0,))[0] for stage in ("opened", "chosen", "confirmed", "paid")]
    assert stages == [2, 1, 1, 1]


def _visit(shop: Shop) -> uuid.UUID:
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"))
    return opened.session_id


def _live_in(shop: Shop, zone: str) -> None:
    with db.system_phase("test.zone"):
        db.run(update(Business).where(Business.id == shop.business_id).values(time_zone=zone))


def _paid_at(shop: Shop, order_id: uuid.UUID, moment: datetime) -> None:
    with db.phase("test.paid_at", shop.business_id):
        db.run(update(Order).where(Order.id == order_id).values(paid_at=moment))


def _rows(shop: Shop) -> list[Key]:
    hours = shop.many(select(HourMetric.__table__))
    days = shop.many(select(DayMetric.__table__))
    return sorted((tuple(map(str, row)) for row in (*hours, *days)), key=str)


def _sums(shop: Shop) -> dict[Key, tuple[int, int, int]]:
    return {
        (row.kind, row.key): (row.number, row.subset_count, row.amount_minor)
        for row in shop.many(select(DayMetric.__table__))
    }


def _fit(shop: Shop, zone: str) -> None:
    """Sales by day and by hour are those of the orders, looked at one by one."""
    days: Counter[Key] = Counter()
    hours: Counter[Key] = Counter()
    for order in shop.many(select(Order.__table__).where(Order.paid_at.is_not(None))):
        there = order.paid_at.astimezone(ZoneInfo(zone))
        for name, value in (("number", 1), ("minor", order.total_minor)):
            days[there.date(), order.currency, name] += value
            hours[there.date(), there.hour, order.currency, name] += value
    found_days = {
        key: value
        for row in shop.many(select(DayMetric.__table__).where(DayMetric.kind == "sales"))
        for key, value in (
            ((row.day, row.currency, "number"), row.number),
            ((row.day, row.currency, "minor"), row.amount_minor),
        )
    }
    found_hours = {
        key: value
        for row in shop.many(select(HourMetric.__table__).where(HourMetric.kind == "sales"))
        for key, value in (
            ((row.day, row.hour, row.currency, "number"), row.number),
            ((row.day, row.hour, row.currency, "minor"), row.amount_minor),
        )
    }
    assert found_days == dict(days)
    assert found_hours == dict(hours)
