"""Contracts change their plan, quantity and calendar: what is charged, given back, and in force."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from app.core import clock, db
from app.core.errors import AppError, Invalid
from app.core.ids import new_id
from app.domain.signing.calendar import Unit
from app.domain.signing.errors import ContractState, TermsChanged
from app.domain.signing.models import ContractChange
from app.domain.signing.types import ChangeTerms
from app.workflow.subscriptions import change_contract as others
from app.workflow.subscriptions import change_terms
from tests.factories.contracts import DAY, agree, contract, cycles, make_due, mandate, plan_of, sign, sign_at
from tests.factories.shop import Shop

BY = "key:test"


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 50_000)
    return shop


@pytest.fixture
def weekly(rich: Shop) -> uuid.UUID:
    """A contract of USD 10.00 a week, half of which is over."""
    contract_id = sign(rich, plan_of(rich, unit=Unit.WEEK, max_quantity=5))
    rich.advance(3.5 * DAY)
    return contract_id


def _change(shop: Shop, contract_id: uuid.UUID, **terms: Any) -> Row[Any]:
    due_minor = terms.pop("due_minor", None)
    change_id = change_terms.change_contract(
        shop.business_id, contract_id, ChangeTerms(**terms), actor=BY, change_id=new_id(), due_minor=due_minor
    )
    return change(shop, change_id)


def change(shop: Shop, change_id: uuid.UUID) -> Row[Any]:
    found: Row[Any] = shop.one(select(ContractChange.__table__).where(ContractChange.id == change_id))
    return found


def test_a_dearer_plan_charges_the_difference_of_the_rest_and_is_in_force_at_once(
    rich: Shop, weekly: uuid.UUID
) -> None:
    dearer, due_at = plan_of(rich, unit=Unit.WEEK, unit_minor=3000), contract(rich, weekly).next_due_at

    made = _change(rich, weekly, plan_id=dearer)
    rich.work_off()

    assert made.status == "applied"
    assert abs(made.charge_minor - 1500) <= 1
    assert abs(made.credit_minor - 500) <= 1
    assert made.due_minor == made.charge_minor - made.credit_minor
    row, (first, second) = contract(rich, weekly), cycles(rich, weekly)
    assert (row.plan_id, row.unit_minor, row.next_due_at, row.credit_minor) == (dearer, 3000, due_at, 0)
    assert (first.cut_at, second.starts_at, second.ends_at) == (made.effective_at, made.effective_at, due_at)
    assert rich.order(second.order_id).paid_minor == made.due_minor
    rich.audit()
    rich.advance(4 * DAY)
    assert cycles(rich, weekly)[2].amount_minor == 3000
    rich.audit()


def test_a_cheaper_plan_charges_nothing_and_its_credit_pays_for_what_comes(rich: Shop, weekly: uuid.UUID) -> None:
    cheaper = plan_of(rich, unit=Unit.WEEK, unit_minor=300)

    made = _change(rich, weekly, plan_id=cheaper)
    left = contract(rich, weekly).credit_minor
    rich.advance(8 * DAY)

    assert (made.status, made.due_minor, left) == ("applied", 0, made.credit_minor - made.charge_minor)
    third = cycles(rich, weekly)[2]
    assert (third.amount_minor, third.credit_minor) == (0, 300)
    assert contract(rich, weekly).credit_minor == left - 300
    rich.audit()


def test_credit_pays_a_part_of_the_next_charge(rich: Shop, weekly: uuid.UUID) -> None:
    _change(rich, weekly, plan_id=plan_of(rich, unit=Unit.WEEK, unit_minor=700))
    left = contract(rich, weekly).credit_minor

    rich.advance(4 * DAY)

    third = cycles(rich, weekly)[2]
    assert 0 < left < 700
    assert (third.amount_minor, third.credit_minor, third.status) == (700 - left, left, "paid")
    rich.audit()


def test_more_units_charge_their_share(rich: Shop, weekly: uuid.UUID) -> None:
    made = _change(rich, weekly, quantity=3)

    assert abs(made.due_minor - 1000) <= 3
    assert contract(rich, weekly).quantity == 3
    rich.work_off()
    rich.audit()


def test_a_year_begins_at_once(rich: Shop, weekly: uuid.UUID) -> None:
    yearly = plan_of(rich, unit=Unit.YEAR, unit_minor=20_000)

    made = _change(rich, weekly, plan_id=yearly)
    rich.work_off()

    row = contract(rich, weekly)
    assert (made.charge_minor, made.due_minor) == (20_000, 20_000 - made.credit_minor)
    assert row.next_due_at - made.effective_at >= timedelta(days=365)
    rich.audit()


def test_another_day_begins_the_periods_on_it(rich: Shop, weekly: uuid.UUID) -> None:
    made = _change(rich, weekly, anchor_day=1)

    row = contract(rich, weekly)
    assert made.status == "applied"
    assert row.next_due_at.isoweekday() == 1
    rich.advance(8 * DAY)
    assert cycles(rich, weekly)[2].starts_at.isoweekday() == 1
    rich.audit()


def test_membership_has_neither_gap_nor_overlap(rich: Shop, weekly: uuid.UUID) -> None:
    made = _change(rich, weekly, plan_id=plan_of(rich, unit=Unit.WEEK, unit_minor=3000))

    rich.work_off()

    first, second = sorted(rich.entitlements(), key=lambda each: each.granted_at)
    assert (first.status, second.status) == ("revoked", "active")
    assert first.revoked_at == second.starts_at
    assert timedelta(0) <= second.starts_at - made.effective_at == second.ends_at - made.ends_at < timedelta(seconds=30)


def test_refunding_the_change_gives_money_and_credit_back(rich: Shop, weekly: uuid.UUID) -> None:
    made = _change(rich, weekly, plan_id=plan_of(rich, unit=Unit.WEEK, unit_minor=3000))
    rich.work_off()

    rich.refund(made.order_id, made.due_minor)
    rich.work_off()

    row = contract(rich, weekly)
    assert (row.status, row.credit_minor) == ("active", made.used_minor)
    assert [each.status for each in cycles(rich, weekly)] == ["paid", "refunded"]
    assert {each.status for each in rich.entitlements()} == {"revoked"}
    rich.audit()


def test_a_change_at_the_periods_end_waits_for_it(rich: Shop, weekly: uuid.UUID) -> None:
    dearer = plan_of(rich, unit=Unit.WEEK, unit_minor=3000)

    made = _change(rich, weekly, plan_id=dearer, at="period_end")
    before = contract(rich, weekly)
    rich.advance(4 * DAY)

    assert (made.status, made.due_minor, before.unit_minor) == ("scheduled", 0, 1000)
    assert change(rich, made.id).status == "applied"
    assert [each.amount_minor for each in cycles(rich, weekly)] == [1000, 3000]
    assert contract(rich, weekly).plan_id == dearer
    rich.audit()


def test_another_interval_begins_when_the_period_ends(rich: Shop, weekly: uuid.UUID) -> None:
    _change(rich, weekly, plan_id=plan_of(rich, unit=Unit.MONTH, unit_minor=3000), at="period_end")

    rich.advance(4 * DAY)

    first, second = cycles(rich, weekly)
    assert second.starts_at == first.ends_at
    assert second.ends_at - second.starts_at >= timedelta(days=28)
    rich.audit()


def test_a_scheduled_change_taken_back_changes_nothing(rich: Shop, weekly: uuid.UUID) -> None:
    made = _change(rich, weekly, quantity=2, at="period_end")

    change_terms.cancel_change(rich.business_id, weekly, made.id, actor=BY)
    change_terms.cancel_change(rich.business_id, weekly, made.id, actor=BY)
    rich.advance(4 * DAY)

    assert change(rich, made.id).status == "cancelled"
    assert [each.amount_minor for each in cycles(rich, weekly)] == [1000, 1000]
    rich.audit()


def test_a_contract_that_ends_drops_what_was_to_change(rich: Shop, weekly: uuid.UUID) -> None:
    made = _change(rich, weekly, quantity=2, at="period_end")

    others.cancel_now(rich.business_id, weekly, actor=BY)

    assert change(rich, made.id).status == "cancelled"
    rich.audit()


def test_a_charge_that_is_refused_leaves_the_contract_as_it_was(rich: Shop, weekly: uuid.UUID) -> None:
    before = contract(rich, weekly)

    made = _change(rich, weekly, plan_id=plan_of(rich, unit=Unit.WEEK, unit_minor=900_000))
    rich.work_off()

    row = contract(rich, weekly)
    assert (made.status, made.failure_code) == ("failed", "insufficient_funds")
    assert (row.status, row.plan_id, row.acts_at, row.next_due_at) == (
        before.status,
        before.plan_id,
        before.acts_at,
        before.next_due_at,
    )
    assert rich.order(made.order_id).status == "closed"
    rich.audit()
    rich.advance(4 * DAY)
    assert [each.amount_minor for each in cycles(rich, weekly)] == [1000, 1000]


def test_the_same_change_again_changes_once(rich: Shop, weekly: uuid.UUID) -> None:
    change_id, wanted = new_id(), ChangeTerms(quantity=2)

    for _ in range(2):
        change_terms.change_contract(rich.business_id, weekly, wanted, actor=BY, change_id=change_id)

    assert len(cycles(rich, weekly)) == 2
    assert change(rich, change_id).status == "applied"


def test_what_was_previewed_is_charged_to_the_cent(rich: Shop, weekly: uuid.UUID) -> None:
    wanted = ChangeTerms(quantity=2, effective_at=clock.now() - timedelta(minutes=30))
    with db.reading(rich.business_id):
        planned = change_terms.planned_here(change_terms.signing.look(weekly), wanted)
    assert planned.cost is not None

    with pytest.raises(TermsChanged):
        _change(rich, weekly, quantity=2, due_minor=1)
    made = _change(rich, weekly, quantity=2, effective_at=planned.effective_at, due_minor=planned.cost.due.minor)

    assert (made.status, made.due_minor) == ("applied", planned.cost.due.minor)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"quantity": 1}, "nothing_changes"),
        ({"quantity": 6}, "plan_quantity"),
        ({"anchor_day": 8}, "invalid_anchor_day"),
    ],
)
def test_what_makes_no_sense_is_refused(rich: Shop, weekly: uuid.UUID, terms: dict[str, Any], code: str) -> None:
    with pytest.raises(AppError) as refused:
        _change(rich, weekly, **terms)

    assert refused.value.code == code
    assert len(cycles(rich, weekly)) == 1


def test_an_old_preview_is_refused(rich: Shop, weekly: uuid.UUID) -> None:
    with pytest.raises(AppError, match="too old"):
        _change(rich, weekly, quantity=2, effective_at=clock.now() - timedelta(hours=2))


def test_each_state_has_its_answer(rich: Shop, weekly: uuid.UUID) -> None:
    def refused(contract_id: uuid.UUID, **terms: Any) -> str:
        with pytest.raises(ContractState) as found:
            _change(rich, contract_id, **({"quantity": 2} | terms))
        return found.value.code

    made = _change(rich, weekly, quantity=2, at="period_end")
    assert refused(weekly, quantity=3) == "change_in_progress"
    change_terms.cancel_change(rich.business_id, weekly, made.id, actor=BY)
    others.pause_contract(rich.business_id, weekly, resumes_at=None, actor=BY)
    assert refused(weekly) == "contract_state"
    others.resume_contract(rich.business_id, weekly, actor=BY)
    others.cancel_at_period_end(rich.business_id, weekly, actor=BY)
    assert refused(weekly) == "contract_state"
    others.cancel_now(rich.business_id, weekly, actor=BY)
    assert refused(weekly) == "contract_state"
    late = sign(rich, plan_of(rich, unit_minor=30_000, max_quantity=2))
    make_due(rich, late)
    rich.advance(3600)
    assert contract(rich, late).status == "past_due"
    assert refused(late) == "cycle_in_progress"
    fixed = sign(rich, plan_of(rich, unit_minor=10, max_quantity=2, cycle_count=5))
    assert refused(fixed) == "change_not_offered"


def test_in_a_trial_the_terms_change_without_a_charge(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, trial_days=7, max_quantity=3))
    rich.advance(DAY)

    made = _change(rich, contract_id, quantity=3)
    with pytest.raises(ContractState, match="trial"):
        _change(rich, contract_id, anchor_day=1)
    rich.advance(7 * DAY)

    assert (made.status, made.order_id) == ("applied", None)
    assert [each.amount_minor for each in cycles(rich, contract_id)] == [0, 3000]
    rich.audit()


def test_a_month_that_is_not_known_is_refused(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit=Unit.DAY))

    with pytest.raises(Invalid):
        _change(rich, contract_id, anchor_day=1)


def test_a_change_is_deducted_by_the_mandate_and_followed_when_the_answer_is_lost(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop, change_group="gold"))
    agree(shop, contract_id)
    shop.work_off()
    quarterly = plan_of(shop, unit=Unit.QUARTER)

    made = _change(shop, contract_id, plan_id=quarterly)
    shop.work_off()

    assert made.status == "applied"
    row, (_, second) = contract(shop, contract_id), cycles(shop, contract_id)
    assert (row.plan_id, second.amount_minor + second.credit_minor) == (quarterly, 1000)
    shop.audit()
    with pytest.raises(ContractState, match="agreed"):
        _change(shop, contract_id, plan_id=plan_of(shop, unit_minor=9000))


def test_a_mandate_leaves_room_for_the_plans_of_its_group(shop: Shop) -> None:
    dearer, plan_id = plan_of(shop, unit_minor=3000, change_group="gold"), plan_of(shop, change_group="gold")
    contract_id = sign_at(shop, plan_id)
    agree(shop, contract_id)
    shop.work_off()

    made = _change(shop, contract_id, plan_id=dearer)
    shop.work_off()

    assert mandate(shop, contract_id).largest_minor == 3000
    assert (made.status, contract(shop, contract_id).plan_id) == ("applied", dearer)
    shop.audit()
