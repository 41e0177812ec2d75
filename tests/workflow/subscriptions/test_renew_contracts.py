"""Contracts renew by themselves: each cycle is an order that is paid, and time of membership that follows the last."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.domain.catalog.models import Product
from app.domain.orders.models import Order
from app.domain.payments.models import PaymentAttempt
from app.domain.reconciliation.models import Case
from app.domain.signing.calendar import Unit
from app.domain.signing.models import Contract, ContractCycle
from app.workflow.catalog import manage_catalog
from app.workflow.reconciliation import sweep_cases
from app.workflow.subscriptions import change_contract, renew_contracts
from tests.factories.contracts import DAY, MONTH, contract, cycles, make_due, plan_of, sign
from tests.factories.memberships import events
from tests.factories.shop import Shop

_CYCLES = ContractCycle.__table__


@pytest.fixture
def rich(shop: Shop) -> Shop:
    """A shop whose buyer has USD 50 in the wallet."""
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def _statuses(shop: Shop, contract_id: uuid.UUID) -> list[tuple[int, str, int]]:
    return [(each.number, each.status, each.amount_minor) for each in cycles(shop, contract_id)]


def test_a_contract_renews_after_a_month_with_a_paid_order_and_membership_without_a_gap(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.work_off()
    before = contract(rich, contract_id)

    rich.advance(MONTH + DAY)

    now, made = contract(rich, contract_id), cycles(rich, contract_id)
    assert (before.status, now.status) == ("active", "active")
    assert _statuses(rich, contract_id) == [(1, "paid", 1000), (2, "paid", 1000)]
    assert made[1].starts_at == made[0].ends_at == before.next_due_at
    assert now.next_due_at == made[1].ends_at
    assert [(each.starts_at, each.ends_at) for each in rich.entitlements()] == [
        (each.starts_at, each.ends_at) for each in made
    ]


def test_a_free_trial_costs_nothing_and_its_end_is_charged(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, trial_days=14))
    rich.work_off()
    in_trial = contract(rich, contract_id)

    rich.advance(15 * DAY)

    assert in_trial.status == "trialing"
    assert contract(rich, contract_id).status == "active"
    assert _statuses(rich, contract_id) == [(0, "paid", 0), (1, "paid", 1000)]
    trial, first = cycles(rich, contract_id)
    assert trial.ends_at - trial.starts_at == timedelta(days=14)
    assert first.starts_at == trial.ends_at


def test_the_introductory_price_holds_for_the_first_cycles(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, intro_cycles=2, intro_minor=100))

    rich.advance(22 * DAY)

    assert [each.amount_minor for each in cycles(rich, contract_id)] == [100, 100, 1000, 1000]


def test_a_contract_with_a_number_of_cycles_ends_by_itself_when_the_last_is_over(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, cycle_count=2))

    rich.advance(8 * DAY)
    in_last = contract(rich, contract_id)
    rich.advance(7 * DAY)

    assert (in_last.status, in_last.next_due_at) == ("active", None)
    row = contract(rich, contract_id)
    assert (row.status, row.end_reason) == ("ended", "expired")
    assert len(cycles(rich, contract_id)) == 2


def test_a_refused_cycle_is_tried_again_by_the_plan_and_paid_when_there_is_money(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=3000, retry_days=(2, 3)))
    rich.advance(MONTH + 3600)
    refused = contract(rich, contract_id)
    rich.fund("buyer-1", 2000)

    rich.advance(2 * DAY)

    assert (refused.status, refused.try_count) == ("past_due", 1)
    row, (first, second) = contract(rich, contract_id), cycles(rich, contract_id)
    assert (row.status, row.try_count, second.status, second.last_error) == ("active", 0, "paid", None)
    # Paid late, for the period as it was: no day is given twice, none is lost.
    assert (second.starts_at, row.next_due_at) == (first.ends_at, second.ends_at)
    rich.work_off()
    assert [each.ends_at for each in rich.entitlements()] == [first.ends_at, second.ends_at]


def test_after_the_last_refusal_the_order_is_closed_and_the_contract_ends_unpaid(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000, retry_days=(1, 1)))

    rich.advance(MONTH + 3 * DAY)

    row, (_, second) = contract(rich, contract_id), cycles(rich, contract_id)
    assert (row.status, row.end_reason, second.status) == ("ended", "unpaid", "unpaid")
    order = rich.order(second.order_id)
    assert (order.status, order.close_reason) == ("closed", "payment_failed")
    failures = select(func.count()).where(OutboxEvent.topic == "cycle.payment_failed")
    assert rich.one(failures)[0] == 3


def test_a_buyer_pays_the_open_cycle_by_any_channel_and_the_contract_runs_again(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000))
    rich.advance(MONTH + 3600)
    assert contract(rich, contract_id).status == "past_due"
    order_id = cycles(rich, contract_id)[1].order_id

    attempt_id = rich.pay(order_id, channel="simulator")
    rich.approve(attempt_id)
    rich.notice(attempt_id)

    assert (contract(rich, contract_id).status, cycles(rich, contract_id)[1].status) == ("active", "paid")


def test_an_undecided_payment_by_the_buyer_is_not_beaten_by_another_try(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=3000, retry_days=(5,)))
    rich.advance(MONTH + 3600)
    attempt_id = rich.pay(cycles(rich, contract_id)[1].order_id, channel="simulator")
    rich.fund("buyer-1", 5000)

    make_due(rich, contract_id)
    renew_contracts.act(rich.business_id, contract_id)

    assert rich.attempt(attempt_id).status == "pending"
    assert contract(rich, contract_id).try_count == 1
    rich.decline(attempt_id)
    rich.notice(attempt_id, status="failed", event="payment.failed", decline_code="do_not_honor")
    make_due(rich, contract_id)
    renew_contracts.act(rich.business_id, contract_id)
    assert cycles(rich, contract_id)[1].status == "paid"


def test_many_workers_at_once_charge_a_cycle_once(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    make_due(rich, contract_id)

    workers = [
        threading.Thread(target=renew_contracts.act, args=(rich.business_id, contract_id), daemon=True)
        for _ in range(5)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)

    assert _statuses(rich, contract_id) == [(1, "paid", 1000), (2, "paid", 1000)]
    succeeded = select(func.count()).where(PaymentAttempt.status == "succeeded", PaymentAttempt.channel == "wallet")
    assert rich.one(succeeded)[0] == 2


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        ("current", ["paid", "skipped", "skipped", "paid"]),
        ("all", ["paid", "paid", "paid", "paid"]),
        ("none", ["paid", "skipped", "skipped", "skipped"]),
    ],
)
def test_after_an_outage_cycles_are_caught_up_by_the_plan_s_rule(
    rich: Shop, catch_up: str, expected: list[str]
) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, catch_up=catch_up))
    _long_ago(rich, contract_id, days=25)

    while renew_contracts.act(rich.business_id, contract_id):
        pass

    assert [each.status for each in cycles(rich, contract_id)] == expected
    row = contract(rich, contract_id)
    assert (row.status, row.next_cycle) == ("active", 5)
    assert row.next_due_at == cycles(rich, contract_id)[-1].ends_at > clock.now()


def test_a_renewal_does_not_mind_that_the_product_is_off_sale(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    manage_catalog.unpublish_product(rich.business_id, rich.product_id, actor="test")

    rich.advance(MONTH + DAY)

    assert [each.status for each in cycles(rich, contract_id)] == ["paid", "paid"]


def test_what_cannot_be_ordered_is_looked_at_again_later_and_loses_no_cycle(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    with db.phase("test.kind", rich.business_id):
        db.run(update(Product).where(Product.id == rich.product_id).values(delivery_kind="points"))  # lacks its points
    make_due(rich, contract_id)

    did = renew_contracts.act(rich.business_id, contract_id)

    row = contract(rich, contract_id)
    assert (did, row.status, row.next_cycle) == (False, "active", 2)
    assert timedelta(minutes=50) < row.acts_at - clock.now() <= timedelta(hours=1)
    assert len(cycles(rich, contract_id)) == 1
    with db.phase("test.kind", rich.business_id):
        db.run(update(Product).where(Product.id == rich.product_id).values(delivery_kind="entitlement"))


@pytest.mark.parametrize("ends_by", ["order", "cancellation"])
def test_people_are_told_of_a_renewal_that_cannot_be_ordered_until_it_is_or_the_contract_ends(
    rich: Shop, ends_by: str
) -> None:
    contract_id = sign(rich, plan_of(rich))
    _sell(rich, "points")  # lacks its points
    make_due(rich, contract_id)
    renew_contracts.act(rich.business_id, contract_id)
    sweep_cases.sweep_due()
    [case] = _blocked(rich, contract_id)

    _sell(rich, "entitlement")
    make_due(rich, contract_id)
    if ends_by == "order":
        renew_contracts.act(rich.business_id, contract_id)
    else:
        change_contract.cancel_now(rich.business_id, contract_id, actor="test")
    sweep_cases.sweep_due()

    assert (case.status, case.details, case.amount_minor) == ("open", {"code": "not_on_sale"}, 1000)
    assert [each.status for each in _blocked(rich, contract_id)] == ["resolved"]
    assert contract(rich, contract_id).blocked_code is None


def _told(shop: Shop) -> list[str]:
    return [each.topic for each in events(shop) if each.topic.startswith("membership.")]


def _sell(shop: Shop, kind: str) -> None:
    with db.phase("test.kind", shop.business_id):
        db.run(update(Product).where(Product.id == shop.product_id).values(delivery_kind=kind))


def _blocked(shop: Shop, contract_id: uuid.UUID) -> list[Any]:
    return shop.many(select(Case.__table__).where(Case.kind == "renewal_blocked", Case.subject_id == contract_id))


def test_the_outside_hears_of_no_end_while_a_membership_is_being_renewed(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK))
    rich.work_off()
    with db.phase("test.late", rich.business_id):  # those who renew come ten minutes after the period's end
        table = Contract.__table__
        late = table.c.acts_at + timedelta(minutes=10)
        db.run(update(Contract).where(Contract.id == contract_id).values(acts_at=late))

    rich.advance(7 * DAY + 3600)

    assert _told(rich) == ["membership.started", "membership.changed"]
    first, second = rich.entitlements()
    assert first.ends_at == second.starts_at


def test_the_outside_hears_of_the_end_of_a_membership_whose_renewal_is_refused(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=3000))
    rich.work_off()

    rich.advance(MONTH + 7200)

    assert contract(rich, contract_id).status == "past_due"
    assert "membership.ended" in _told(rich)


def test_nobody_is_reminded_of_the_end_of_a_membership_that_renews(rich: Shop) -> None:
    first = sign(rich, plan_of(rich))
    rich.work_off()
    rich.advance(30 * DAY)
    renewing = _told(rich)
    change_contract.cancel_at_period_end(rich.business_id, first, actor="test")

    rich.advance(30 * DAY)

    assert "membership.ending" not in renewing
    assert _told(rich).count("membership.ending") == 1


def test_a_year_of_renewals_is_seen_in_a_minute(rich: Shop) -> None:
    rich.fund("buyer-1", 10_000)
    contract_id = sign(rich, plan_of(rich))

    rich.advance(365 * DAY)

    made = cycles(rich, contract_id)
    assert [each.number for each in made] == list(range(1, 14))
    assert {each.status for each in made} == {"paid"}
    orders = select(func.count()).where(Order.contract_id == contract_id)
    assert rich.one(orders)[0] == 13


def test_a_refunded_cycle_is_refunded_and_the_contract_goes_on(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.advance(MONTH + DAY)
    second = cycles(rich, contract_id)[1]

    rich.refund(second.order_id)
    rich.work_off()

    assert [each.status for each in cycles(rich, contract_id)] == ["paid", "refunded"]
    assert contract(rich, contract_id).status == "active"
    assert [each.status for each in rich.entitlements()] == ["active", "revoked"]


def test_refunding_the_first_order_ends_the_contract(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.work_off()

    rich.refund(cycles(rich, contract_id)[0].order_id)
    rich.work_off()

    row = contract(rich, contract_id)
    assert (row.status, row.end_reason) == ("ended", "cancelled")


def _long_ago(shop: Shop, contract_id: uuid.UUID, *, days: int) -> None:
    """As if the contract had been signed so long ago, and nobody had looked at it since."""
    back = timedelta(days=days)
    first = cycles(shop, contract_id)[0]
    with db.phase("test.back", shop.business_id):
        table = Contract.__table__
        db.run(
            update(Contract)
            .where(Contract.id == contract_id)
            .values(
                anchor_at=table.c.anchor_at - back,
                runs_from=table.c.runs_from - back,
                next_due_at=table.c.next_due_at - back,
                acts_at=table.c.acts_at - back,
            )
        )
        db.run(
            update(_CYCLES)
            .where(_CYCLES.c.id == first.id)
            .values(
                starts_at=_CYCLES.c.starts_at - back, ends_at=_CYCLES.c.ends_at - back, due_at=_CYCLES.c.due_at - back
            )
        )
