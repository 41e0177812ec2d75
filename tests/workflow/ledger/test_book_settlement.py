"""A settlement moves what the company owed into the bank and its fees, once a second person confirmed it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.errors import AppError, Conflict, Denied, Invalid, NotFound
from app.core.ids import new_id
from app.workflow.ledger import book_settlement
from tests.factories.settlements import CHECKER, MAKER, Accountant, accountant_of
from tests.factories.shop import Shop


@pytest.fixture
def accountant(shop: Shop) -> Accountant:
    return accountant_of(shop)


def test_a_settlement_is_booked_once_a_second_person_confirms_it(accountant: Accountant) -> None:
    settlement_id = new_id()
    recorded = [accountant.record(settlement_id=settlement_id) for _ in range(2)]
    waiting = accountant.balance("channel_clearing"), accountant.balance("bank")

    with pytest.raises(Denied) as alone:
        accountant.confirm(settlement_id, MAKER)
    accountant.confirm(settlement_id)
    accountant.confirm(settlement_id)

    row = accountant.row(settlement_id)
    assert (recorded, waiting) == ([settlement_id, settlement_id], (1000, 0))
    assert alone.value.code == "second_person_needed"
    assert (row.status, row.recorded_by, row.decided_by) == ("confirmed", MAKER, CHECKER)
    assert accountant.balances() == (
        0,
        30,
        970,
    )


def test_a_refund_after_the_settlement_is_owed_to_the_company_which_collects_it(accountant: Accountant) -> None:
    order_id = accountant.shop.paid_order()
    accountant.settled(gross_minor=2000, fee_minor=60, net_minor=1940)
    accountant.shop.refund(order_id)
    accountant.shop.work_off()
    owed = accountant.balance("channel_clearing")

    accountant.settled(gross_minor=0, refund_minor=1000, fee_minor=5, net_minor=-1005)

    assert owed == -1000
    assert accountant.balances() == (
        0,
        65,
        935,
    )


def test_fees_that_eat_up_the_payments_leave_the_bank_as_it_was(accountant: Accountant) -> None:
    accountant.settled(fee_minor=1000, net_minor=0)

    assert accountant.balances() == (
        0,
        1000,
        0,
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"net_minor": 971}, "wrong_amount"),
        ({"net_minor": -970}, "wrong_amount"),
        ({"fee_minor": -30, "net_minor": 1030}, "invalid_amount"),
        ({"gross_minor": 0, "fee_minor": 0, "net_minor": 0}, "invalid_amount"),
        ({"refund_minor": 1000, "fee_minor": 0, "net_minor": 0}, "invalid_amount"),
        ({"gross_minor": 10**12, "net_minor": 10**12 - 30}, "invalid_amount"),
        ({"reference": ""}, "invalid_reference"),
        ({"settled_on": now().date() + timedelta(days=5)}, "invalid_date"),
        ({"currency": "EUR"}, "bank_account_currency"),
    ],
)
def test_what_does_not_add_up_is_refused(accountant: Accountant, changes: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        accountant.record(**changes)

    assert refused.value.code == code
    assert accountant.balance("channel_clearing") == 1000


def test_accounts_of_nobody_are_refused(accountant: Accountant) -> None:
    for changes in ({"bank_account_id": new_id()}, {"channel_account_id": new_id()}):
        with pytest.raises(NotFound):
            accountant.record(**changes)


def test_a_document_is_recorded_once_until_it_is_rejected(accountant: Accountant) -> None:
    first = accountant.record(reference="ST-1")
    with pytest.raises(Conflict) as twice:
        accountant.record(reference="ST-1")

    book_settlement.reject(accountant.shop.business_id, first, reason="typing error", actor=MAKER)
    second = accountant.record(reference="ST-1")
    with pytest.raises(Conflict) as late:
        accountant.confirm(first)

    assert (twice.value.code, late.value.code) == ("settlement_recorded", "version_conflict")
    assert (accountant.row(first).status, accountant.row(second).status) == ("rejected", "recorded")
    assert accountant.balance("bank") == 0


def test_of_confirming_and_rejecting_at_once_it_ends_in_one_state(accountant: Accountant) -> None:
    settlement_id = accountant.record()

    def act(number: int) -> str:
        try:
            if number % 2:
                book_settlement.reject(accountant.shop.business_id, settlement_id, reason="", actor=MAKER)
                return "rejected"
            accountant.confirm(settlement_id, f"usr_{number}")
        except AppError:
            return ""
        return "confirmed"

    with ThreadPoolExecutor(4) as pool:
        done = [each for each in pool.map(act, range(4)) if each]

    assert len(done) == 1
    assert accountant.row(settlement_id).status == done[0]
    assert accountant.balance("bank") == (970 if done == ["confirmed"] else 0)


def test_of_two_people_who_record_one_document_one_is_told(accountant: Accountant) -> None:
    def record(_: int) -> bool:
        try:
            return bool(accountant.record(reference="ST-2"))
        except Conflict:
            return False

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(record, range(3))) == [False, False, True]
