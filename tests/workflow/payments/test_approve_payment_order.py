"""A payment order needs a second person; until its file was downloaded it can be cancelled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import AppError, Conflict, Denied
from app.workflow.payments import approve_payment_order
from tests.factories.payment_orders import CHECKER, MAKER, Bank, bank_of
from tests.factories.shop import Shop


@pytest.fixture
def bank(shop: Shop) -> Bank:
    bank = bank_of(shop)
    bank.withdraw(300)
    return bank


def test_whoever_made_it_cannot_approve_it(bank: Bank) -> None:
    order_id = bank.make()

    with pytest.raises(Denied) as alone:
        bank.approve(order_id, MAKER)
    with pytest.raises(Conflict) as early:
        bank.download(order_id)
    bank.approve(order_id)

    assert (alone.value.code, early.value.code) == ("second_person_needed", "not_approved")
    order = bank.order(order_id)
    assert (order.status, order.created_by, order.approved_by) == ("approved", MAKER, CHECKER)


def test_what_a_cancelled_order_had_waits_for_another_one(bank: Bank) -> None:
    first = bank.make()
    bank.approve(first)
    approve_payment_order.cancel(bank.shop.business_id, first, reason="wrong day", actor=MAKER)

    second = bank.make()

    assert (bank.order(first).status, bank.order(second).status) == ("cancelled", "requested")
    assert [line.status for line in bank.lines(first)] == ["cancelled"]
    with pytest.raises(Conflict):
        bank.approve(first)


def test_an_order_that_was_downloaded_cannot_be_cancelled(bank: Bank) -> None:
    order_id = bank.sent()

    with pytest.raises(Conflict) as late:
        approve_payment_order.cancel(bank.shop.business_id, order_id, reason="", actor=MAKER)

    assert late.value.code == "not_cancellable"
    assert bank.order(order_id).status == "sent"


def test_of_approving_and_cancelling_at_once_the_order_ends_in_one_state(bank: Bank) -> None:
    order_id = bank.make()

    def act(number: int) -> str:
        try:
            if number % 2:
                approve_payment_order.cancel(bank.shop.business_id, order_id, reason="", actor=MAKER)
                return "cancelled"
            bank.approve(order_id)
        except AppError:
            return ""
        return "approved"

    with ThreadPoolExecutor(4) as pool:
        done = [each for each in pool.map(act, range(4)) if each]

    assert done.count("cancelled") == 1
    assert done.count("approved") <= 1
    assert bank.order(order_id).status == "cancelled"
    assert {line.status for line in bank.lines(order_id)} == {"cancelled"}
