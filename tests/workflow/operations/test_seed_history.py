"""The demo's quarter of sales: as if it had been lived day by day, and made once."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import func, select

from app.core import clock, db, settings
from app.core.errors import NotFound
from app.core.ids import new_id, parse, show
from app.core.security import crypto
from app.domain.accounts.business.models import Business, Membership
from app.domain.catalog.models import Product
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.fulfilment.models import Entitlement, LicenceKey
from app.domain.insights.metrics.models import DayMetric, HourMetric, HourPostings
from app.domain.marketing.models import CouponTemplate, CouponUse
from app.domain.orders.models import Order, OrderLine
from app.domain.payments.models import BankTransfer, ChannelAccount, PaymentAttempt
from app.domain.reconciliation.models import Case
from app.read.operations import audit
from app.workflow.insights import count_metrics
from app.workflow.operations.live_orders import REFUND_REASON
from app.workflow.operations.seed_demo import seed_demo
from app.workflow.operations.seed_history import POOL, _same_things, seed_history
from app.workflow.payments.refund_order import refund_order
from app.workflow.steps.operations import lived_rows, sales_pattern
from app.workflow.steps.operations.sales_pattern import BAD_DAY, BUYERS, CAMPAIGN, CAMPAIGN_CODE, DAYS, REFUNDS_FAILED

Demo = tuple[uuid.UUID, int]
ORDERS, ATTEMPTS = db.table(Order), db.table(PaymentAttempt)


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, simulator: str) -> Iterator[Demo]:
    """The demo business with its history, and how many orders that was said to be."""
    request.getfixturevalue("own_database")
    before = settings.current()
    settings.use(replace(before, simulator_url=simulator))
    made = seed_demo()
    httpx.post(f"{simulator}/admin/merchants", json=made["simulator"]).raise_for_status()
    yield parse("biz", made["business_id"]), seed_history()["orders"]
    settings.use(before)


@pytest.mark.usefixtures("app")
def test_without_a_demo_business_there_is_nothing_to_give_a_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workflow.operations.seed_history.EMAIL", "nobody@demo.example")

    with pytest.raises(NotFound, match="seed-demo"):
        seed_history()


def test_a_demo_that_sells_something_else_by_now_is_left_alone(demo: Demo) -> None:
    with db.reading(demo[0]):
        here = db.rows(select(db.table(Product)).where(Product.business_id == demo[0]))

    with pytest.raises(NotFound, match="Moonlight"):
        _same_things(demo[0], new_id(), {})
    assert _same_things(demo[0], demo[0], {}).keys() >= {product.id for product in here}


@pytest.mark.usefixtures("demo")
def test_every_invariant_holds() -> None:
    assert [(each.id, each.name, each.rows[:3]) for each in audit.run() if each.rows] == []


def test_it_is_made_once(demo: Demo) -> None:
    business_id, orders = demo

    again = seed_history()

    assert again == {"orders": 0}
    assert 600 <= orders <= 900
    assert len(_rows(select(ORDERS.c.id).where(ORDERS.c.business_id == business_id))) == orders


def test_orders_end_as_those_of_a_shop_do(demo: Demo) -> None:
    found = _rows(select(db.table(Order)).where(ORDERS.c.business_id == demo[0]))

    statuses = Counter(order.status for order in found)
    paid = sum(order.paid_minor > 0 for order in found)
    refunded = sum(order.refunded_minor > 0 for order in found)
    assert set(statuses) == {"fulfilled", "completed", "refunded", "closed"}
    assert statuses["completed"] > 6 * statuses["fulfilled"] > 0
    assert 0.02 < refunded / paid < 0.07
    assert {order.close_reason for order in found} == {None, "expired", "cancelled"}
    assert {order.currency for order in found} == {"USD", "EUR", "GBP"}
    assert BUYERS / 2 < len({order.buyer_reference for order in found}) <= 1.1 * BUYERS
    assert all(order.buyer_email == f"{order.buyer_reference}@example.com" for order in found)


def test_the_past_is_past_and_what_is_recent_is_not_over(demo: Demo) -> None:
    now = clock.now()
    found = _rows(select(db.table(Order)).where(ORDERS.c.business_id == demo[0]))

    for order in found:
        moments = [order.created_at, order.paid_at, order.fulfilled_at, order.completed_at]
        known = [moment for moment in moments if moment is not None]
        assert known == sorted(known)
        assert now - timedelta(days=DAYS + 1) < known[0]
        assert known[-1] < now
    assert all(order.fulfilled_at > now - timedelta(days=8) for order in found if order.status == "fulfilled")


def test_no_day_is_without_a_sale_and_weekends_are_quieter(demo: Demo) -> None:
    by_day = _sales_by_day(demo[0])
    today = clock.now().date()
    days = [today - timedelta(days=ago) for ago in range(1, DAYS - 1)]

    weekdays = mean(by_day[day] for day in days if day.weekday() < 5)
    weekends = mean(by_day[day] for day in days if day.weekday() >= 5)
    assert min(by_day[day] for day in days) > 0
    assert weekends < 0.9 * weekdays
    early, late = (sum(by_day[day] for day in part) for part in (days[-30:], days[:30]))
    assert late > 1.15 * early


@pytest.mark.parametrize("hour", [0, 3, 12, 23])
def test_today_has_sales_at_any_hour(hour: int) -> None:
    now = datetime(2026, 5, 6, hour, 30, tzinfo=UTC)

    today = [sale for sale in sales_pattern.quarter(now, ZoneInfo("UTC")) if sale.moment.date() == now.date()]

    assert len(today) >= sales_pattern.LEAST_TODAY
    assert all(sale.moment <= now - timedelta(minutes=5) for sale in today)


def test_evenings_are_busier_than_mornings(demo: Demo) -> None:
    table = db.table(HourMetric)
    sold = _rows(
        select(table.c.hour, func.sum(table.c.number).label("orders"))
        .where(table.c.business_id == demo[0], table.c.kind == "sales")
        .group_by(table.c.hour)
    )

    by_hour = Counter({row.hour: int(row.orders) for row in sold})
    assert sum(by_hour[hour] for hour in range(18, 23)) > 2 * sum(by_hour[hour] for hour in range(6, 11)) > 0


def test_the_channel_had_a_bad_day(demo: Demo) -> None:
    attempts = _rows(select(db.table(PaymentAttempt)).where(ATTEMPTS.c.business_id == demo[0]))

    bad = clock.now().date() - timedelta(days=BAD_DAY)
    tried, failed = Counter[date](), Counter[date]()
    for attempt in attempts:
        if attempt.kind == "charge":
            tried[attempt.created_at.date()] += 1
            failed[attempt.created_at.date()] += attempt.status == "failed"
    assert failed[bad] / tried[bad] > 3 * failed.total() / tried.total()


def test_the_campaign_was_a_week_and_is_over(demo: Demo) -> None:
    uses, templates = db.table(CouponUse), db.table(CouponTemplate)
    own = templates.c.business_id == demo[0], templates.c.shared_code == CAMPAIGN_CODE
    [template] = _rows(select(templates).where(*own))

    used = _rows(select(uses).where(uses.c.business_id == demo[0], uses.c.template_id == template.id))

    began = clock.now() - timedelta(days=CAMPAIGN + 1)
    assert template.status == "ended"
    assert len(used) > 20
    assert all(began < use.created_at < began + timedelta(days=9) for use in used)


def test_two_sell_and_members_come_stay_and_go(demo: Demo) -> None:
    business_id, now = demo[0], clock.now()
    products, lines, owned = db.table(Product), db.table(OrderLine), db.table(Entitlement)
    sold = select(lines.c.seller_name, lines.c.seller_id).where(lines.c.business_id == business_id)
    sellers = {row.seller_name for row in _rows(sold)}
    membership = select(products.c.id).where(
        products.c.business_id == business_id, products.c.name == "Moonlight membership"
    )

    spans = _rows(select(owned).where(owned.c.product_id.in_(membership), owned.c.status == "active"))

    soon = now + timedelta(days=7)
    assert sellers == {None, "Owl & Lantern Prints"}
    assert min(sum(each.ends_at < now for each in spans), sum(each.ends_at > soon for each in spans)) > 50
    assert sum(now <= each.ends_at <= soon for each in spans) > 5


def test_bank_transfers_were_booked_when_they_were_found_and_confirmed_by_another(demo: Demo) -> None:
    transfers = db.table(BankTransfer)

    found = _rows(select(transfers).where(transfers.c.business_id == demo[0]))

    assert len(found) > 5
    assert {each.booked_on - each.created_at.date() for each in found} == {timedelta()}
    assert all(each.recorded_by != each.decided_by and each.created_at < each.decided_at for each in found)
    assert len({each.bank_reference for each in found}) == len(found)
    of_bank = ATTEMPTS.c.business_id == demo[0], ATTEMPTS.c.channel == "offline"
    by_bank = _rows(select(ATTEMPTS.c.channel_ref).where(*of_bank))
    assert len(by_bank) > 5
    assert all(re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", each.channel_ref) for each in by_bank)


def test_buyers_are_offered_the_simulator_first(demo: Demo) -> None:
    accounts = db.table(ChannelAccount)

    found = _rows(select(accounts).where(accounts.c.business_id == demo[0]).order_by(accounts.c.priority))

    assert [account.channel for account in found] == ["simulator", "offline"]
    assert found[0].priority < found[1].priority


def test_every_licence_key_can_be_read_and_is_another(demo: Demo) -> None:
    keys = db.table(LicenceKey)

    found = _rows(select(keys).where(keys.c.business_id == demo[0]))

    statuses = Counter(key.status for key in found)
    texts = {crypto.decrypt(key.ciphertext, context=key_context(key.id)) for key in found}
    assert statuses["delivered"] > 5
    assert statuses["free"] == POOL
    assert len(texts) == len(found)


def test_no_buyer_is_a_member_twice_at_once(demo: Demo) -> None:
    owned, products = db.table(Entitlement), db.table(Product)
    of_membership = products.c.business_id == demo[0], products.c.name == "Moonlight membership"
    spans = _rows(
        select(owned)
        .join(products, products.c.id == owned.c.product_id)
        .where(*of_membership, owned.c.status == "active")
        .order_by(owned.c.buyer_reference, owned.c.starts_at)
    )

    pairs = zip(spans, spans[1:], strict=False)
    assert all(one.ends_at <= other.starts_at for one, other in pairs if one.buyer_reference == other.buyer_reference)


def test_what_a_life_is_told_with_stands_nowhere(demo: Demo) -> None:
    """Not the buyer it was lived by, nor the merchant, nor the sentence in place of a reason."""
    with db.reading(demo[0]):
        texts = [json.dumps(rows) for rows in lived_rows.look(demo[0]).values()]
    with db.system_reading():
        [beside] = db.rows(select(Business.id).where(Business.name.like("%(rehearsal)")))

    own = ("life.", "rehearsal", REFUND_REASON, str(beside.id), show("x", beside.id)[2:])
    assert [name for name in own for text in texts if name in text] == []
    assert len(texts) > 15


def test_two_cases_wait_of_refunds_that_a_bank_did_not_take(demo: Demo) -> None:
    cases = db.table(Case)

    found = _rows(select(cases).where(cases.c.business_id == demo[0]))

    assert [(case.kind, case.status) for case in found] == [("refund_failed", "open")] * len(REFUNDS_FAILED)


def test_more_of_an_old_order_can_be_refunded(demo: Demo) -> None:
    business_id, moment = demo[0], clock.now() - timedelta(days=40)
    partly = ORDERS.c.refunded_minor > 0, ORDERS.c.status == "completed"
    whole = ORDERS.c.refunded_minor == 0, ORDERS.c.status == "completed", ORDERS.c.created_at < moment
    old = [
        _rows(select(db.table(Order)).where(ORDERS.c.business_id == business_id, *which).limit(1))[0]
        for which in (partly, whole)
    ]

    for order in old:
        refund_order(business_id, order.id, amount_minor=None, reason="goodwill", actor="system")

    ids = [order.id for order in old]
    now = _rows(select(db.table(Order)).where(ORDERS.c.business_id == business_id, ORDERS.c.id.in_(ids)))
    assert [order.status for order in now] == ["refunded", "refunded"]


def test_metrics_are_what_counting_from_the_beginning_gives(demo: Demo) -> None:
    business_id = demo[0]
    before = _counted(business_id)

    count_metrics.count_again(business_id)

    assert _counted(business_id) == before
    assert len(before) > 1000


@pytest.mark.usefixtures("demo")
def test_the_business_it_was_rehearsed_in_is_closed_and_nobodys() -> None:
    with db.system_reading():
        beside = db.rows(select(Business.id, Business.closed_at).where(Business.name.like("%(rehearsal)")))
        members = db.rows(select(Membership.id).where(Membership.business_id.in_([row.id for row in beside])))

    assert [row.closed_at is not None for row in beside] == [True]
    assert members == []


def _sales_by_day(business_id: uuid.UUID) -> Counter[date]:
    table = db.table(DayMetric)
    found = _rows(select(table).where(table.c.business_id == business_id, table.c.kind == "sales"))
    by_day = Counter[date]()
    for row in found:
        by_day[row.day] += row.number
    return by_day


def _counted(business_id: uuid.UUID) -> set[tuple[Any, ...]]:
    """What was counted up to yesterday: today goes on."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    hours, days, postings = db.table(HourMetric), db.table(DayMetric), db.table(HourPostings)
    past = {hours: hours.c.day < today.date(), days: days.c.day < today.date(), postings: postings.c.hour < today}
    return {
        (table.name, *tuple(row))
        for table, is_past in past.items()
        for row in _rows(select(*table.c).where(table.c.business_id == business_id, is_past))
    }


def _rows(statement: Any) -> Any:
    with db.system_reading():
        return db.rows(statement)
