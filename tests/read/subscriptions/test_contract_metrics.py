"""The metrics of contracts, each equal to the sum of the list behind it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.core import clock, db
from app.domain.signing import rules
from app.domain.signing import service as signing
from app.domain.signing.calendar import Anchor, Unit, begins_at, period_at
from app.domain.signing.models import Contract
from app.read.subscriptions import metric_lists
from app.read.subscriptions.contract_metrics import ContractMetrics, contract_metrics
from app.workflow.subscriptions import change_contract
from tests.factories.contracts import DAY, MONTH, plan_of, sign
from tests.factories.shop import Shop

ZONE = "Asia/Shanghai"


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    for buyer in ("buyer-1", "buyer-2", "buyer-3"):
        shop.fund(buyer, 5000)
    return shop


def _metrics(shop: Shop, month: str = "") -> ContractMetrics:
    return contract_metrics(shop.business_id, currency="USD", month=month, zone=ZONE)


def _behind(shop: Shop, metric: str, found: ContractMetrics) -> list[tuple[uuid.UUID, int]]:
    month = found.chosen.month
    rows = metric_lists.list_behind(
        shop.business_id, metric, currency="USD", month=month, zone=ZONE, after=None, limit=100
    )
    return [(row.contract_id, row.minor) for row in rows]


def test_without_contracts_everything_is_nothing(shop: Shop) -> None:
    found = _metrics(shop)

    assert (found.mrr_minor, found.arr_minor, found.running, found.cohorts) == (0, 0, 0, ())
    assert (found.churn.percent, found.recovery.percent, found.trials.percent) == (None, None, None)
    assert found.upcoming == {30: (0, 0), 90: (0, 0)}
    assert len(found.months) == 12


def test_mrr_is_the_sum_of_contracts_and_of_movements(rich: Shop) -> None:
    monthly, yearly = plan_of(rich, max_quantity=2), plan_of(rich, unit=Unit.YEAR, unit_minor=2400)
    first, second = sign(rich, monthly), sign(rich, yearly, buyer="buyer-2")
    gone = sign(rich, monthly, buyer="buyer-3", quantity=2)
    change_contract.cancel_now(rich.business_id, gone, actor="test")

    found = _metrics(rich)

    assert (found.mrr_minor, found.arr_minor, found.running) == (1200, 14_400, 2)
    assert sum(sum(month.minor.values()) for month in found.months) == found.mrr_minor
    assert found.chosen.minor == {
        "new": 3200, "churn": -2000, "expansion": 0, "contraction": 0, "reactivation": 0
    }  # fmt: skip
    assert set(_behind(rich, "mrr", found)) == {(first, 1000), (second, 200)}
    assert _behind(rich, "churn", found) == [(gone, -2000)]
    assert sum(minor for _, minor in _behind(rich, "new", found)) == 3200


def test_a_buyer_churns_in_the_month_in_which_nothing_is_left_of_them(rich: Shop) -> None:
    monthly = plan_of(rich)
    kept, gone = sign(rich, monthly), sign(rich, monthly, buyer="buyer-2")
    also = sign(rich, monthly)
    rich.advance(MONTH + DAY)
    for each in (gone, also):
        change_contract.cancel_now(rich.business_id, each, actor="test")

    with db.reading(rich.business_id):
        month = clock.now().strftime("%Y-%m")
    found = _metrics(rich, month)

    assert (found.churn.won, found.churn.all) == (1, 2)  # buyer-1 still has one
    assert (found.churn.won_minor, found.churn.all_minor) == (2000, 3000)
    assert found.mrr_minor == 1000
    assert [contract_id for contract_id, _ in _behind(rich, "mrr", found)] == [kept]


def test_what_is_paid_after_a_refusal_is_recovered(rich: Shop) -> None:
    saved = sign(rich, plan_of(rich, unit_minor=3000, retry_days=(2,)))
    lost = sign(rich, plan_of(rich, unit_minor=4000, retry_days=(2,)), buyer="buyer-2")
    rich.advance(MONTH + 3600)
    rich.fund("buyer-1", 2000)
    with db.reading(rich.business_id):
        month = clock.now().strftime("%Y-%m")
    rich.advance(5 * DAY)

    found = _metrics(rich, month)

    assert (found.recovery.won, found.recovery.all, found.recovery.percent) == (1, 2, 50.0)
    assert (found.recovery.won_minor, found.recovery.all_minor) == (3000, 7000)
    assert _behind(rich, "recovered", found) == [(saved, 3000)]
    assert _behind(rich, "unrecovered", found) == [(lost, 4000)]


def test_a_trial_converts_with_its_first_payment(rich: Shop) -> None:
    plan = plan_of(rich, trial_days=3)
    won, lost = sign(rich, plan), sign(rich, plan, buyer="buyer-2")
    change_contract.cancel_at_period_end(rich.business_id, lost, actor="test")
    before = _metrics(rich)
    rich.advance(3 * DAY + 3600)
    with db.reading(rich.business_id):
        month = (clock.now() - timedelta(hours=1)).astimezone(UTC).strftime("%Y-%m")

    found = _metrics(rich, month)

    assert before.trials.percent is None
    assert (found.trials.won, found.trials.all, found.trials.percent) == (1, 2, 50.0)
    assert [each for each, _ in _behind(rich, "converted", found)] == [won]
    assert [each for each, _ in _behind(rich, "unconverted", found)] == [lost]


def test_a_cohort_keeps_those_of_its_month(rich: Shop) -> None:
    monthly = plan_of(rich)
    sign(rich, monthly)
    gone = sign(rich, monthly, buyer="buyer-2")
    rich.advance(MONTH + DAY)
    change_contract.cancel_now(rich.business_id, gone, actor="test")

    (cohort,) = _metrics(rich).cohorts

    assert cohort.steps[0] == (2, 2000)
    assert cohort.steps[-1] == (1, 1000)


@pytest.mark.parametrize(
    ("unit", "count", "terms"),
    [
        (Unit.DAY, 7, {}),
        (Unit.WEEK, 2, {"intro_cycles": 3, "intro_minor": 100}),
        (Unit.MONTH, 1, {"cycle_count": 3}),
        (Unit.MONTH, 1, {"anchor_day": 31}),
        (Unit.MONTH, 2, {}),
        (Unit.QUARTER, 1, {}),
        (Unit.YEAR, 1, {"trial_days": 20}),
    ],
)
@pytest.mark.parametrize("anchor", ["2026-01-31T15:30:00+00:00", "2025-12-29T23:10:00+00:00"])
def test_income_to_come_is_what_the_calendar_says(
    rich: Shop, unit: Unit, count: int, terms: dict[str, int], anchor: str
) -> None:
    contract_id = sign(rich, plan_of(rich, unit=unit, count=count, **terms))
    with db.phase("test.anchor", rich.business_id):
        row, now = signing.lock(contract_id), clock.now()
        plan, day = signing.plan(row.plan_id), 31 if terms.get("anchor_day") else None
        since = Anchor(at=datetime.fromisoformat(anchor), zone="Europe/Berlin", day=day)
        following = period_at(since, rules.interval_of(plan), now) + 1
        db.write(
            update(Contract)
            .where(Contract.business_id == row.business_id, Contract.id == row.id)
            .values(
                anchor_at=since.at,
                anchor_day=day,
                anchor_number=row.next_cycle - following + 1,
                time_zone=since.zone,
                next_due_at=begins_at(since, rules.interval_of(plan), following),
            )
        )
    with db.reading(rich.business_id):
        row = signing.look(contract_id)
    number = row.next_cycle
    calendar = rules.anchor_of(row), rules.interval_of(plan)
    price, expected = rules.price_of(row), []
    due = row.next_due_at
    assert due is not None
    if due > now + timedelta(days=90):
        due = None
    while due is not None and (plan.cycle_count is None or number <= plan.cycle_count):
        whole = price.intro_minor if number <= plan.intro_cycles and price.intro_minor is not None else price.unit_minor
        expected.append(whole)
        number += 1
        later = begins_at(*calendar, number)
        due = later if later <= now + timedelta(days=90) else None

    found = _metrics(rich)

    assert found.upcoming[90] == (len(expected), sum(expected))
    assert sum(minor for _, minor in _behind(rich, "upcoming_90", found)) == sum(expected)
