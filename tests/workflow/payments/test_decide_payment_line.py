"""What the bank did with each line: executed, rejected, returned later; once, and the books stay whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core.db.models import OutboxEvent
from app.core.errors import AppError, Conflict, Invalid
from app.domain.reconciliation.models import Case
from tests.factories.payment_orders import CHECKER, MAKER, Bank, bank_of
from tests.factories.shop import Shop


@pytest.fixture
def bank(shop: Shop) -> Bank:
    return bank_of(shop)


def wallet(bank: Bank) -> tuple[int, int]:
    """Posted, and held."""
    return -bank.shop.balance("wallet"), bank.shop.balance("wallet", "pending")


def topics(bank: Bank, *heads: str) -> list[str]:
    rows = bank.shop.many(select(OutboxEvent.topic).order_by(OutboxEvent.id))
    return [row.topic for row in rows if row.topic.startswith(heads)]


def test_executed_money_is_posted_and_rejected_money_is_back(bank: Bank) -> None:
    executed, rejected = bank.withdraw(300), bank.withdraw(200)
    order_id = bank.sent()
    one, two = bank.lines(order_id)
    held = wallet(bank)

    assert [bank.decide(one.id, "executed") for _ in range(2)] == [True, False]
    half = bank.order(order_id).status
    assert bank.decide(two.id, "rejected", "AC04 closed account")

    assert (held, wallet(bank)) == ((1000, 500), (700, 0))
    assert (half, bank.order(order_id).status) == ("sent", "completed")
    assert (bank.status(executed), bank.status(rejected)) == ("succeeded", "failed")
    assert topics(bank, "withdrawal.", "payment_order.") == [
        *("payment_order.created", "payment_order.approved", "payment_order.sent"),
        *("withdrawal.succeeded", "withdrawal.failed", "payment_order.completed"),
    ]


@pytest.mark.parametrize("kind", ["withdrawal", "payout"])
def test_returned_money_is_back_where_it_came_from_once(bank: Bank, kind: str) -> None:
    account, currency = ("wallet", "EUR") if kind == "withdrawal" else ("merchant_payable", "USD")
    transaction_id = bank.withdraw(300) if kind == "withdrawal" else bank.pay_out(300)
    [line] = bank.lines(order_id := bank.sent(currency, file_format="csv"))
    before = bank.shop.balance(account)
    bank.decide(line.id, "executed")
    gone = bank.shop.balance(account)

    answers = [bank.decide(line.id, "returned", "AC01 unknown account", actor=CHECKER) for _ in range(2)]

    assert answers == [True, False]
    assert (gone - before, bank.shop.balance(account)) == (300, before)
    assert bank.status(transaction_id) == "returned"
    assert bank.order(order_id).status == "completed"
    assert topics(bank, kind) == [f"{kind}.succeeded", f"{kind}.returned"]
    assert [row.kind for row in bank.shop.many(select(Case.kind))] == [f"{kind}_returned"]
    [line] = bank.lines(order_id)
    assert (line.decided_by, line.returned_by, line.return_reason) == (MAKER, CHECKER, "AC01 unknown account")


def test_a_line_cannot_skip_a_step(bank: Bank) -> None:
    bank.withdraw(300)
    order_id = bank.make()
    [line] = bank.lines(order_id)
    bank.approve(order_id)

    with pytest.raises(Conflict) as unsent:
        bank.decide(line.id, "executed")
    bank.download(order_id)
    with pytest.raises(Conflict):
        bank.decide(line.id, "returned", "too early")
    with pytest.raises(Invalid):
        bank.decide(line.id, "rejected")

    assert unsent.value.code == "not_sent"
    assert wallet(bank) == (1000, 300)


def test_what_the_bank_rejected_and_executed_after_all_is_posted(bank: Bank) -> None:
    transaction_id = bank.withdraw(300)
    [line] = bank.lines(bank.sent())
    bank.decide(line.id, "rejected", "insufficient funds")

    bank.decide(line.id, "executed")

    assert bank.status(transaction_id) == "succeeded"
    assert wallet(bank) == (700, 0)
    assert [row.kind for row in bank.shop.many(select(Case.kind))] == ["late_movement"]


def test_of_two_who_decide_at_once_one_counts(bank: Bank) -> None:
    for _ in range(2):
        bank.withdraw(200)
    order_id = bank.sent()

    def decide(number: int) -> str:
        line = bank.lines(order_id)[number % 2]
        status = "executed" if number < 4 else "rejected"
        try:
            return status if bank.decide(line.id, status, "bank", actor=(MAKER, CHECKER)[number % 2]) else ""
        except AppError:
            return ""

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(decide, range(8)))

    statuses = [line.status for line in bank.lines(order_id)]
    assert set(statuses) <= {"executed", "rejected"}
    assert bank.order(order_id).status == "completed"
    assert wallet(bank) == (1000 - 200 * statuses.count("executed"), 0)
