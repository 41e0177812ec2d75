"""MRR follows every move of a contract, in the phase of the move."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import AppError
from app.core.ids import new_id
from app.domain.signing import service as signing
from app.domain.signing.calendar import Unit
from app.domain.signing.errors import ContractState
from app.domain.signing.models import MrrMovement
from app.domain.signing.types import ChangeTerms
from app.workflow.subscriptions import change_contract, change_terms
from tests.factories.contracts import DAY, MONTH, contract, cycles, plan_of, sign
from tests.factories.shop import Shop

_MOVEMENTS = MrrMovement.__table__


@pytest.fixture
def rich(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 5000)
    return shop


def _moved(shop: Shop, contract_id: uuid.UUID) -> list[tuple[str, int]]:
    mine = select(_MOVEMENTS).where(_MOVEMENTS.c.contract_id == contract_id)
    return [(each.kind, each.amount_minor) for each in shop.many(mine.order_by(_MOVEMENTS.c.id))]


def _change(shop: Shop, contract_id: uuid.UUID, **columns: Any) -> None:
    with db.phase("test.change", shop.business_id):
        signing.updated(signing.lock(contract_id), **columns)


@pytest.mark.parametrize(
    ("unit", "count", "counted"),
    [
        (Unit.DAY, 1, 30417),
        (Unit.WEEK, 1, 4333),
        (Unit.MONTH, 1, 1000),
        (Unit.MONTH, 3, 333),
        (Unit.QUARTER, 1, 333),
        (Unit.YEAR, 1, 83),
    ],
)
def test_a_signed_contract_counts_its_price_a_month(rich: Shop, unit: Unit, count: int, counted: int) -> None:
    contract_id = sign(rich, plan_of(rich, unit=unit, count=count))

    assert _moved(rich, contract_id) == [("new", counted)]
    assert contract(rich, contract_id).mrr_minor == counted


def test_renewing_moves_nothing_and_the_end_takes_all(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))
    rich.advance(MONTH + DAY)
    renewed = _moved(rich, contract_id)

    change_contract.cancel_now(rich.business_id, contract_id, actor="test")

    assert renewed == [("new", 1000)]
    assert _moved(rich, contract_id) == [("new", 1000), ("churn", -1000)]
    assert contract(rich, contract_id).mrr_minor == 0


def test_a_trial_counts_nothing_until_it_is_paid(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, trial_days=14))
    in_trial = _moved(rich, contract_id)

    rich.advance(15 * DAY)

    assert (in_trial, _moved(rich, contract_id)) == ([], [("new", 1000)])


def test_a_trial_whose_first_charge_is_refused_never_counted(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, trial_days=14, unit_minor=9000, retry_days=(2,)))

    rich.advance(20 * DAY)

    assert contract(rich, contract_id).end_reason == "unpaid"
    assert _moved(rich, contract_id) == []


def test_a_pause_takes_it_away_and_resuming_brings_it_back(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))

    change_contract.pause_contract(rich.business_id, contract_id, resumes_at=None, actor="test")
    change_contract.resume_contract(rich.business_id, contract_id, actor="test")

    assert _moved(rich, contract_id) == [("new", 1000), ("churn", -1000), ("reactivation", 1000)]


def test_a_change_of_quantity_or_price_expands_and_contracts(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))

    _change(rich, contract_id, quantity=3)
    _change(rich, contract_id, unit_minor=500)
    _change(rich, contract_id, quantity=3)

    assert _moved(rich, contract_id) == [("new", 1000), ("expansion", 2000), ("contraction", -1500)]
    assert contract(rich, contract_id).mrr_minor == 1500


def test_a_plan_by_the_year_instead_counts_by_its_own_interval(rich: Shop) -> None:
    contract_id, yearly = sign(rich, plan_of(rich)), plan_of(rich, unit=Unit.YEAR, unit_minor=6000)

    _change(rich, contract_id, plan_id=yearly, unit_minor=6000)

    assert _moved(rich, contract_id) == [("new", 1000), ("contraction", -500)]


def _change_terms(shop: Shop, contract_id: uuid.UUID, **terms: Any) -> None:
    wanted = ChangeTerms(**terms)
    change_terms.change_contract(shop.business_id, contract_id, wanted, actor="test", change_id=new_id())


def test_a_change_at_once_counts_when_it_is_paid(rich: Shop) -> None:
    contract_id, dearer = sign(rich, plan_of(rich)), plan_of(rich, unit_minor=2500, max_quantity=3)

    _change_terms(rich, contract_id, plan_id=dearer)
    _change_terms(rich, contract_id, plan_id=plan_of(rich, unit_minor=500))

    assert _moved(rich, contract_id) == [("new", 1000), ("expansion", 1500), ("contraction", -2000)]
    assert contract(rich, contract_id).mrr_minor == 500
    rich.work_off()
    rich.audit()


def test_a_change_whose_charge_is_refused_moves_nothing(rich: Shop) -> None:
    contract_id, dearer = sign(rich, plan_of(rich)), plan_of(rich, unit_minor=90_000)

    _change_terms(rich, contract_id, plan_id=dearer)

    assert contract(rich, contract_id).unit_minor == 1000
    assert _moved(rich, contract_id) == [("new", 1000)]


def test_a_change_at_the_periods_end_counts_from_there(rich: Shop) -> None:
    contract_id, dearer = sign(rich, plan_of(rich)), plan_of(rich, unit_minor=2500)
    _change_terms(rich, contract_id, plan_id=dearer, at="period_end")
    before = _moved(rich, contract_id)

    rich.advance(MONTH + DAY)

    assert before == [("new", 1000)]
    assert _moved(rich, contract_id) == [("new", 1000), ("expansion", 1500)]
    rich.audit()


def test_a_change_in_the_trial_counts_with_the_first_payment(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, trial_days=14, max_quantity=3))
    _change_terms(rich, contract_id, quantity=2)
    in_trial = _moved(rich, contract_id)

    rich.advance(15 * DAY)

    assert (in_trial, _moved(rich, contract_id)) == ([], [("new", 2000)])


def test_two_changes_at_once_expand_it_once(rich: Shop) -> None:
    contract_id, errors = sign(rich, plan_of(rich, max_quantity=3)), []

    def expand() -> None:
        try:
            _change_terms(rich, contract_id, quantity=3)
        except AppError as error:
            errors.append(error.code)

    both = [threading.Thread(target=expand, daemon=True) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(30)

    assert len(errors) == 1
    assert _moved(rich, contract_id) == [("new", 1000), ("expansion", 2000)]
    rich.work_off()
    rich.audit()


def test_past_due_still_counts_and_what_is_recovered_is_known(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich, unit_minor=3000, retry_days=(2, 3)))
    rich.advance(MONTH + 3600)
    counted = contract(rich, contract_id).mrr_minor
    rich.fund("buyer-1", 2000)

    rich.advance(2 * DAY)

    _, second = cycles(rich, contract_id)
    assert (counted, second.status, second.last_error) == (3000, "paid", None)
    assert second.refused_at is not None
    assert second.refused_at < second.paid_at
    assert _moved(rich, contract_id) == [("new", 3000)]


def test_two_who_end_it_at_once_take_it_away_once(rich: Shop) -> None:
    contract_id, errors = sign(rich, plan_of(rich)), []

    def end() -> None:
        try:
            change_contract.cancel_now(rich.business_id, contract_id, actor="test")
        except ContractState as error:
            errors.append(error.code)

    both = [threading.Thread(target=end, daemon=True) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(30)

    assert set(errors) <= {"contract_state"}
    assert _moved(rich, contract_id) == [("new", 1000), ("churn", -1000)]


def test_a_process_killed_before_the_commit_moved_nothing(rich: Shop) -> None:
    contract_id = sign(rich, plan_of(rich))

    def killed() -> None:
        with db.phase("test.killed", rich.business_id):
            signing.updated(signing.lock(contract_id), quantity=2)
            db.flush()
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        killed()

    row = contract(rich, contract_id)
    assert (row.quantity, row.mrr_minor, _moved(rich, contract_id)) == (1, 1000, [("new", 1000)])
