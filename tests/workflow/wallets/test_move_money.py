"""Buyers' balances: filled from outside, spent, moved, never below zero."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger.errors import InsufficientFunds
from app.domain.ledger.service import Balance
from app.domain.payments.errors import NoChannel
from app.workflow.wallets import move_money
from tests.factories.shop import Shop


@pytest.fixture
def wallets(shop: Shop) -> Shop:
    shop.keep_wallets()
    return shop


def _has(shop: Shop, buyer: str) -> Balance:
    return move_money.wallet(shop.business_id, buyer=buyer, currency="USD")


def test_a_top_up_counts_when_the_company_confirms_it(wallets: Shop) -> None:
    transaction_id = move_money.top_up(wallets.business_id, buyer="ann", money=Money(500, "USD"), actor="test")
    assert _has(wallets, "ann") == Balance(0, 0)
    attempt = wallets.refund_attempt(transaction_id)

    for _ in range(2):
        wallets.notice(attempt.id)

    assert _has(wallets, "ann") == Balance(500, 0)


def test_a_declined_top_up_brings_nothing(wallets: Shop) -> None:
    transaction_id = move_money.top_up(wallets.business_id, buyer="ann", money=Money(500, "USD"), actor="test")
    attempt = wallets.refund_attempt(transaction_id)

    wallets.decline(attempt.id)
    wallets.poll(attempt.id)

    assert wallets.attempt(attempt.id).status == "failed"
    assert _has(wallets, "ann") == Balance(0, 0)


def test_paying_from_a_wallet_needs_nothing_outside(wallets: Shop) -> None:
    wallets.fund("ann", 1500)
    order_id = wallets.place(buyer="ann")

    wallets.pay(order_id, channel="wallet")
    wallets.work_off()

    assert wallets.order(order_id).status == "fulfilled"
    assert _has(wallets, "ann") == Balance(500, 0)


def test_a_refund_of_a_wallet_payment_goes_back_into_the_wallet(wallets: Shop) -> None:
    wallets.fund("ann", 1000)
    order_id = wallets.place(buyer="ann")
    wallets.pay(order_id, channel="wallet")
    wallets.work_off()

    wallets.refund(order_id, 300)

    assert _has(wallets, "ann") == Balance(300, 0)
    assert wallets.order(order_id).refunded_minor == 300


def test_what_is_not_there_cannot_be_spent(wallets: Shop) -> None:
    wallets.fund("ann", 999)
    order_id = wallets.place(buyer="ann")

    with pytest.raises(InsufficientFunds):
        wallets.pay(order_id, channel="wallet")

    assert wallets.order(order_id).status == "created"
    assert _has(wallets, "ann") == Balance(999, 0)


def test_a_transfer_moves_money_once(wallets: Shop) -> None:
    wallets.fund("ann", 700)
    transaction_id = new_id()

    for _ in range(2):
        move_money.transfer(
            wallets.business_id,
            payer="ann",
            recipient="bob",
            money=Money(300, "USD"),
            actor="test",
            transaction_id=transaction_id,
        )

    assert (_has(wallets, "ann").total, _has(wallets, "bob").total) == (400, 300)


@pytest.mark.parametrize(("minor", "recipient"), [(0, "bob"), (-1, "bob"), (10**12, "bob"), (5, "ann")])
def test_a_senseless_transfer_is_refused(wallets: Shop, minor: int, recipient: str) -> None:
    with pytest.raises(Invalid):
        move_money.transfer(
            wallets.business_id, payer="ann", recipient=recipient, money=Money(minor, "USD"), actor="test"
        )


def test_spenders_of_one_wallet_at_once_never_take_more_than_is_there(wallets: Shop) -> None:
    wallets.fund("ann", 500)

    def give(number: int) -> bool:
        try:
            move_money.transfer(
                wallets.business_id, payer="ann", recipient=f"b{number}", money=Money(100, "USD"), actor="test"
            )
        except InsufficientFunds:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        granted = sum(pool.map(give, range(12)))

    assert granted == 5
    assert _has(wallets, "ann") == Balance(0, 0)


def test_a_business_without_wallets_refuses_transfers(shop: Shop) -> None:
    with pytest.raises(NoChannel):
        move_money.transfer(shop.business_id, payer="a", recipient="b", money=Money(1, "USD"), actor="test")
