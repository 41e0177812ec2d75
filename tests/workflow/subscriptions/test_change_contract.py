"""Contracts are paused, resumed, cancelled and kept; membership follows."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from app.core import clock
from app.core.errors import Invalid
from app.domain.signing.calendar import Unit
from app.domain.signing.errors import ContractState
from app.read.subscriptions import cancellations
from app.workflow.subscriptions import change_contract
from tests.factories.contracts import DAY, MONTH, contract, cycles, plan_of, sign
from tests.factories.shop import Shop

BY = "key:test"


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


@pytest.fixture
def signed(rich: Shop) -> uuid.UUID:
    contract_id = sign(rich, plan_of(rich))
    rich.work_off()
    return contract_id


def test_a_cancelled_contract_keeps_its_period_and_ends_with_it(rich: Shop, signed: uuid.UUID) -> None:
    change_contract.cancel_at_period_end(rich.business_id, signed, actor=BY)
    cancelled = contract(rich, signed)
    change_contract.cancel_at_period_end(rich.business_id, signed, actor=BY)

    rich.advance(MONTH + DAY)

    assert (cancelled.status, cancelled.next_due_at, cancelled.cancelled_by) == ("active", None, BY)
    row = contract(rich, signed)
    assert (row.status, row.end_reason, len(cycles(rich, signed))) == ("ended", "cancelled", 1)
    assert [each.status for each in rich.entitlements()] == ["active"]


def test_a_cancellation_taken_back_renews_as_before(rich: Shop, signed: uuid.UUID) -> None:
    due_at = contract(rich, signed).next_due_at
    change_contract.cancel_at_period_end(rich.business_id, signed, actor=BY)

    change_contract.uncancel(rich.business_id, signed)

    row = contract(rich, signed)
    assert (row.next_due_at, row.acts_at, row.cancelled_by, row.cancel_at_period_end) == (due_at, due_at, None, False)
    rich.advance(MONTH + DAY)
    assert [each.status for each in cycles(rich, signed)] == ["paid", "paid"]


def test_cancelling_at_once_ends_the_contract_and_the_membership(rich: Shop, signed: uuid.UUID) -> None:
    change_contract.cancel_now(rich.business_id, signed, actor=BY)

    row = contract(rich, signed)
    assert (row.status, row.end_reason) == ("ended", "cancelled")
    assert [each.status for each in rich.entitlements()] == ["revoked"]
    assert rich.order(cycles(rich, signed)[0].order_id).refunded_minor == 0
    with pytest.raises(ContractState):
        change_contract.cancel_now(rich.business_id, signed, actor=BY)


@pytest.mark.parametrize(
    ("rule", "chosen", "expected"),
    [
        ("none", None, 0),
        ("proportional", None, 500),
        ("full", None, 1000),
        ("none", "full", 1000),
        ("full", "none", 0),
        ("full", "proportional", 500),
    ],
)
def test_cancelling_at_once_gives_back_what_the_plan_or_somebody_says(
    rich: Shop, rule: str, chosen: str | None, expected: int
) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, cancel_refund=rule))
    rich.advance(3.5 * DAY)
    told = cancellations.cancellation(rich.business_id, contract_id, at_once=True, refund=chosen)

    change_contract.cancel_now(rich.business_id, contract_id, actor=BY, refund=chosen)
    rich.work_off()

    order = rich.order(cycles(rich, contract_id)[0].order_id)
    assert told.refund.minor == expected
    assert order.refunded_minor == expected
    assert contract(rich, contract_id).end_reason == "cancelled"
    assert [each.status for each in rich.entitlements()] == ["revoked"]
    rich.audit()


def test_no_more_is_given_back_than_is_left_of_the_order(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, cancel_refund="full"))
    rich.work_off()
    order_id = cycles(rich, contract_id)[0].order_id
    rich.refund(order_id, 400)
    rich.work_off()

    change_contract.cancel_now(rich.business_id, contract_id, actor=BY)
    rich.work_off()

    assert [each.amount_minor for each in rich.refunds(order_id)] == [400, 600]


def test_a_period_that_is_over_gives_nothing_back(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000, cancel_refund="full"))
    rich.advance(MONTH + 3600)

    change_contract.cancel_now(rich.business_id, contract_id, actor=BY)
    rich.work_off()

    assert rich.order(cycles(rich, contract_id)[0].order_id).refunded_minor == 0


def test_a_refund_that_there_is_not_is_refused(rich: Shop, signed: uuid.UUID) -> None:
    with pytest.raises(Invalid, match="proportional"):
        change_contract.cancel_now(rich.business_id, signed, actor=BY, refund="half")


def test_cancelling_a_contract_that_is_past_due_closes_the_open_order(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=4000))
    rich.advance(MONTH + 3600)
    with pytest.raises(ContractState, match="being charged"):
        change_contract.cancel_at_period_end(rich.business_id, contract_id, actor=BY)

    change_contract.cancel_now(rich.business_id, contract_id, actor=BY)

    row, (_, second) = contract(rich, contract_id), cycles(rich, contract_id)
    assert (row.status, row.end_reason, second.status) == ("ended", "cancelled", "unpaid")
    assert rich.order(second.order_id).close_reason == "cancelled"


def test_a_pause_within_the_period_changes_nothing_of_the_calendar(rich: Shop, signed: uuid.UUID) -> None:
    due_at = contract(rich, signed).next_due_at
    change_contract.pause_contract(rich.business_id, signed, resumes_at=None, actor=BY)
    paused = contract(rich, signed)

    change_contract.resume_contract(rich.business_id, signed, actor=BY)

    assert (paused.status, paused.next_due_at, paused.acts_at) == ("paused", None, None)
    row = contract(rich, signed)
    assert (row.status, row.next_due_at) == ("active", due_at)


def test_a_long_pause_charges_nothing_and_a_new_calendar_begins_when_it_ends(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK))
    until = clock.now() + timedelta(days=40)
    change_contract.pause_contract(rich.business_id, contract_id, resumes_at=until, actor=BY)

    rich.advance(39 * DAY)
    still = contract(rich, contract_id)
    rich.advance(2 * DAY)

    assert (still.status, len(cycles(rich, contract_id))) == ("paused", 2)
    row, (first, second) = contract(rich, contract_id), cycles(rich, contract_id)
    assert (row.status, second.status) == ("active", "paid")
    assert timedelta(0) <= second.starts_at - until.replace(microsecond=0) < timedelta(minutes=1)
    assert second.starts_at > first.ends_at
    assert row.next_due_at - second.starts_at == timedelta(days=7)


def test_an_aligned_contract_that_resumes_pays_its_share_to_the_next_day_of_the_calendar(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, anchor_day=1, unit_minor=700))
    rich.advance(8 * DAY)  # behind the first Monday
    change_contract.pause_contract(rich.business_id, contract_id, resumes_at=None, actor=BY)
    rich.advance(10 * DAY)

    change_contract.resume_contract(rich.business_id, contract_id, actor=BY)
    rich.advance(60)

    made = cycles(rich, contract_id)
    assert made[-1].ends_at.isoweekday() == 1
    assert made[-1].amount_minor <= 700
    assert contract(rich, contract_id).next_due_at == made[-1].ends_at


def test_what_the_state_does_not_allow_is_refused(rich: Shop, signed: uuid.UUID) -> None:
    with pytest.raises(ContractState):
        change_contract.resume_contract(rich.business_id, signed, actor=BY)
    with pytest.raises(ContractState):
        change_contract.uncancel(rich.business_id, signed)


def test_a_pause_that_ends_in_the_past_is_refused(rich: Shop, signed: uuid.UUID) -> None:
    with pytest.raises(Invalid, match="future"):
        change_contract.pause_contract(rich.business_id, signed, resumes_at=clock.now(), actor=BY)


def test_a_pending_contract_is_cancelled_with_its_order(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=0, trial_days=3))
    assert contract(rich, contract_id).status == "trialing"

    change_contract.cancel_at_period_end(rich.business_id, contract_id, actor=BY)
    rich.advance(4 * DAY)

    assert contract(rich, contract_id).end_reason == "cancelled"
