"""Withdrawals and payouts wait at a bank account until a payment order takes them, once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.payments.errors import Unsupported
from app.domain.payments.payment_orders.models import PaymentOrder, PaymentOrderLine
from app.domain.payments.types import Payee
from app.workflow.payments import make_payment_order
from app.workflow.payments.make_payment_order import PaymentOrderCommand
from tests.factories.payment_orders import ANN, MAKER, Bank, bank_of
from tests.factories.shop import Shop


@pytest.fixture
def bank(shop: Shop) -> Bank:
    return bank_of(shop)


def test_an_order_takes_all_that_waits_in_its_currency_once(bank: Bank) -> None:
    for minor in (300, 200):
        bank.withdraw(minor)
    bank.pay_out(100)
    order_id = new_id()

    made = [bank.make(order_id=order_id) for _ in range(2)]
    with pytest.raises(Invalid) as empty:
        bank.make()

    order = bank.order(order_id)
    assert (made, empty.value.code) == ([order_id, order_id], "nothing_waiting")
    assert (order.status, order.total_minor, order.line_count, order.currency) == ("requested", 500, 2, "EUR")
    assert [line.status for line in bank.lines(order_id)] == ["waiting", "waiting"]
    assert bank.order(bank.make("USD", file_format="csv")).total_minor == 100


def test_only_named_movements_are_ordered(bank: Bank) -> None:
    first, second = bank.withdraw(300), bank.withdraw(200)

    order_id = bank.make(transaction_ids=[second])
    with pytest.raises(Conflict) as ordered:
        bank.make(transaction_ids=[first, second])

    assert ordered.value.code == "movement_not_waiting"
    assert bank.order(order_id).total_minor == 200


def test_of_orders_made_at_once_each_movement_is_in_one(bank: Bank) -> None:
    for _ in range(3):
        bank.withdraw(100)

    def make(_: int) -> uuid.UUID | None:
        try:
            return bank.make()
        except AppError:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = [each for each in pool.map(make, range(4)) if each is not None]

    assert len(made) == 1
    assert len(bank.shop.many(select(PaymentOrderLine.id))) == 3


@pytest.mark.parametrize(
    ("payee", "reason"),
    [
        (Payee(account="DE02120300000000202052", name="Ann"), "payee_account_invalid"),
        (Payee(account="12345678", name="Ann"), "payee_account_invalid"),
        (Payee(account=ANN.account, name=" "), "payee_name_missing"),
    ],
)
def test_a_payee_that_no_bank_can_pay_is_refused_and_nothing_is_held(bank: Bank, payee: Payee, reason: str) -> None:
    with pytest.raises(Unsupported) as refused:
        bank.withdraw(100, payee)

    assert refused.value.details == {"reason": reason}
    assert bank.shop.balance("wallet", "pending") == 0


def test_what_cannot_be_a_sepa_file_is_refused(bank: Bank) -> None:
    bank.pay_out(100)

    for changes in ({"file_format": "pain.001"}, {"execute_on": now().date() - timedelta(days=3)}):
        with pytest.raises(Invalid) as refused:
            bank.make("USD", **{"file_format": "csv", **changes})
        assert refused.value.code in ("format_unsupported", "invalid_date")
    about = {"currency": "USD", "file_format": "csv", "execute_on": now().date()}
    elsewhere = PaymentOrderCommand(account_id=bank.shop.account_id, **about)
    with pytest.raises(NotFound):
        make_payment_order.make(bank.shop.business_id, elsewhere, actor=MAKER)

    assert bank.shop.many(select(PaymentOrder.id)) == []
