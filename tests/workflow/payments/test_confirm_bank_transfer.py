"""Bank transfers: one person records, another confirms, and only then the money counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as clocks
from app.core.errors import AppError, Conflict, Denied, Invalid
from app.core.ids import new_id
from app.domain.payments.models import BankTransfer
from app.domain.reconciliation.models import Case
from app.workflow.orders import close_orders
from app.workflow.payments import close_attempts, confirm_bank_transfer
from app.workflow.payments.confirm_bank_transfer import Line
from tests.factories.shop import Shop

MAKER, CHECKER = "usr_maker", "usr_checker"
DETAILS = {"account_holder": "Shop Ltd", "bank_name": "First Bank", "account_number": "DE00 1234"}


@pytest.fixture
def bank(shop: Shop) -> Shop:
    """A shop with a bank account."""
    shop.take_transfers()
    return shop


def line(amount_minor: int = 1000) -> Line:
    return Line(amount_minor=amount_minor, bank_reference=f"B{new_id().hex}", booked_on=clocks.now().date())


def record(shop: Shop, attempt_id: uuid.UUID, amount_minor: int = 1000, *, actor: str = MAKER) -> uuid.UUID:
    return confirm_bank_transfer.record(shop.business_id, attempt_id, line(amount_minor), actor=actor)


def paid(shop: Shop) -> uuid.UUID:
    order_id = shop.place()
    confirm_bank_transfer.confirm(shop.business_id, record(shop, shop.pay(order_id, channel="offline")), actor=CHECKER)
    shop.work_off()
    return order_id


def transfers(shop: Shop) -> list[str]:
    return [row.status for row in shop.many(select(BankTransfer.status).order_by(BankTransfer.id))]


def test_money_counts_when_a_second_person_has_seen_it(bank: Shop) -> None:
    order_id = bank.place()
    attempt_id = bank.pay(order_id, channel="offline")
    result = bank.attempt(attempt_id)
    transfer_id = record(bank, attempt_id)
    before = bank.order(order_id).status

    confirm_bank_transfer.confirm(bank.business_id, transfer_id, actor=CHECKER)
    bank.work_off()

    assert result.action["details"] == DETAILS
    assert (result.status, result.action["reference"]) == ("pending", result.channel_ref)
    assert (before, bank.order(order_id).status) == ("paying", "fulfilled")
    assert bank.balance("channel_clearing") == 1000


def test_whoever_recorded_it_cannot_confirm_it(bank: Shop) -> None:
    order_id = bank.place()
    transfer_id = record(bank, bank.pay(order_id, channel="offline"))

    with pytest.raises(Denied):
        confirm_bank_transfer.confirm(bank.business_id, transfer_id, actor=MAKER)

    assert bank.order(order_id).status == "paying"


def test_of_many_confirming_and_rejecting_at_once_one_decides(bank: Shop) -> None:
    order_id = bank.place()
    transfer_id = record(bank, bank.pay(order_id, channel="offline"))

    def decide(number: int) -> str:
        try:
            if number % 3 == 2:
                confirm_bank_transfer.reject(bank.business_id, transfer_id, reason="", actor=MAKER)
                return "rejected"
            actor = (CHECKER, MAKER)[number % 3]
            return confirm_bank_transfer.confirm(bank.business_id, transfer_id, actor=actor)
        except AppError:
            return ""

    with ThreadPoolExecutor(6) as pool:
        [decided] = filter(None, pool.map(decide, range(12)))

    assert transfers(bank) == [decided]
    assert bank.order(order_id).status == {"confirmed": "paid", "rejected": "paying"}[decided]


def test_a_line_of_the_statement_pays_once(bank: Shop) -> None:
    attempts = [bank.pay(bank.place(), channel="offline") for _ in range(2)]
    same = line()
    transfer_id = confirm_bank_transfer.record(bank.business_id, attempts[0], same, actor=MAKER)

    again = confirm_bank_transfer.record(bank.business_id, attempts[0], same, actor=MAKER, transfer_id=transfer_id)
    with pytest.raises(Conflict) as used:
        confirm_bank_transfer.record(bank.business_id, attempts[1], same, actor=MAKER)
    with pytest.raises(Conflict) as waiting:
        record(bank, attempts[0])
    confirm_bank_transfer.reject(bank.business_id, transfer_id, reason="wrong order", actor=MAKER)
    confirm_bank_transfer.record(bank.business_id, attempts[1], same, actor=MAKER)

    assert again == transfer_id
    assert (used.value.code, waiting.value.code) == ("bank_reference_used", "transfer_open")
    assert transfers(bank) == ["rejected", "recorded"]


@pytest.mark.parametrize("amount_minor", [999, 1001])
def test_another_amount_is_not_applied_and_goes_back_by_four_hands(bank: Shop, amount_minor: int) -> None:
    order_id = bank.place()
    attempt_id = bank.pay(order_id, channel="offline")
    transfer_id = record(bank, attempt_id, amount_minor)
    today = clocks.now().date()

    with pytest.raises(Conflict):
        confirm_bank_transfer.confirm(bank.business_id, transfer_id, actor=CHECKER)
    confirm_bank_transfer.confirm(bank.business_id, transfer_id, actor=CHECKER, goes_back=True)
    held = bank.balance("unapplied")
    confirm_bank_transfer.send_back(bank.business_id, transfer_id, bank_reference="R1", sent_on=today, actor=CHECKER)
    with pytest.raises(Denied):
        confirm_bank_transfer.confirm_sent_back(bank.business_id, transfer_id, actor=CHECKER)
    confirm_bank_transfer.confirm_sent_back(bank.business_id, transfer_id, actor=MAKER)
    confirm_bank_transfer.confirm(bank.business_id, record(bank, attempt_id), actor=CHECKER)

    assert held == -amount_minor
    assert (bank.balance("unapplied"), bank.balance("channel_clearing")) == (0, 1000)
    assert [case.status for case in bank.many(select(Case.status))] == ["resolved"]
    assert bank.order(order_id).status == "paid"


def test_money_that_comes_twice_goes_back(bank: Shop) -> None:
    order_id = paid(bank)
    attempt_id = bank.one(select(BankTransfer.attempt_id)).attempt_id

    decided = confirm_bank_transfer.confirm(bank.business_id, record(bank, attempt_id), actor=CHECKER, goes_back=True)

    assert decided == "returning"
    assert bank.order(order_id).status == "fulfilled"
    assert bank.balance("unapplied") == -1000


def test_a_refund_is_sent_by_one_and_confirmed_by_another(bank: Shop) -> None:
    order_id = paid(bank)
    attempt = bank.refund_attempt(bank.refund(order_id))
    bank.poll(attempt.id)
    waiting = bank.order(order_id).status

    with pytest.raises(Invalid):
        record(bank, attempt.id, 999)
    transfer_id = record(bank, attempt.id)
    with pytest.raises(Conflict):
        confirm_bank_transfer.abandon(bank.business_id, attempt.id, reason="", actor=CHECKER)
    confirm_bank_transfer.confirm(bank.business_id, transfer_id, actor=CHECKER)
    bank.work_off()

    assert (attempt.status, waiting, bank.order(order_id).status) == ("pending", "refunding", "refunded")
    assert bank.balance("channel_clearing") == bank.balance("merchant_payable") == 0


def test_a_refund_that_cannot_be_sent_fails_and_is_put_before_people(bank: Shop) -> None:
    order_id = paid(bank)
    attempt = bank.refund_attempt(bank.refund(order_id))

    confirm_bank_transfer.abandon(bank.business_id, attempt.id, reason="account closed", actor=MAKER)

    assert bank.refund_attempt(attempt.transaction_id).decline_code == "abandoned"
    assert [case.kind for case in bank.many(select(Case.kind))] == ["refund_failed"]
    assert bank.order(order_id).status == "fulfilled"


def test_choosing_a_transfer_again_and_again_does_not_hold_stock_for_ever(bank: Shop, clock: Any) -> None:
    order_id, began = bank.place(), clocks.now()
    waits = []
    for _ in range(5):
        bank.pay(order_id, channel="offline")
        waits.append(round((bank.order(order_id).expires_at - began) / timedelta(days=1)))
        clock.move(3 * 86_400)
        if bank.order(order_id).expires_at > clocks.now():
            close_attempts.close_attempts(bank.business_id, order_id)

    assert waits == [7, 10, 13, 14, 14]


def test_an_order_waits_as_long_as_a_transfer_takes(bank: Shop, clock: Any) -> None:
    orders = [bank.place() for _ in range(3)]
    attempts = [bank.pay(order_id, channel="offline") for order_id in orders[:2]]
    clock.move(6 * 86_400)
    overdue = [order_id for order_id in orders if bank.order(order_id).expires_at <= clocks.now()]
    for order_id in overdue:
        close_orders.close_order(bank.business_id, order_id, reason="expired", actor="system")
    in_time = [bank.order(order_id).status for order_id in orders]
    transfer_id = record(bank, attempts[0])
    clock.move(2 * 86_400)

    assert in_time == ["paying", "paying", "closed"]
    assert bank.order(orders[0]).expires_at > clocks.now() >= bank.order(orders[1]).expires_at
    assert clocks.now() + timedelta(days=6) > bank.order(orders[0]).expires_at
    close_orders.close_order(bank.business_id, orders[1], reason="expired", actor="system")
    confirm_bank_transfer.confirm(bank.business_id, transfer_id, actor=CHECKER)
    assert [bank.order(order_id).status for order_id in orders[:2]] == ["paid", "closed"]
    bank.poll(attempts[1])


def test_money_for_a_closed_order_is_sent_back_by_hand(new_shop: Callable[..., Shop], clock: Any) -> None:
    shop = new_shop(stock=1)
    shop.take_transfers()
    order_id = shop.place()
    attempt_id = shop.pay(order_id, channel="offline")
    clock.move(8 * 86_400)
    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")
    shop.place()

    confirm_bank_transfer.confirm(shop.business_id, record(shop, attempt_id), actor=CHECKER)
    shop.work_off()
    [refund] = shop.refunds(order_id)
    back = shop.refund_attempt(refund.id)
    confirm_bank_transfer.confirm(shop.business_id, record(shop, back.id), actor=CHECKER)

    assert (back.status, shop.refund_attempt(refund.id).status) == ("pending", "succeeded")
    assert shop.balance("unapplied") == shop.balance("channel_clearing") == 0
    shop.audit()
