"""One order, two sources: a share from the buyer's wallet, the rest by a channel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import AppError, Invalid
from app.core.ids import show
from app.domain.ledger.errors import InsufficientFunds
from app.domain.ledger.service import Balance
from app.domain.orders.reservations.models import Reservation
from app.domain.payments.errors import NoChannel
from app.workflow.orders.close_orders import close_order
from app.workflow.wallets import move_money
from tests.factories.shop import Shop


@pytest.fixture
def wallets(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("buyer-1", 400)
    return shop


def _has(shop: Shop) -> Balance:
    return move_money.wallet(shop.business_id, buyer="buyer-1", currency="USD")


def _shares(shop: Shop) -> list[Any]:
    table = Reservation.__table__
    return [row.status for row in shop.many(select(table).order_by(table.c.id))]


def _mixed_order(shop: Shop) -> Any:
    """An order of 1000 that was paid with 400 from the wallet."""
    order_id = shop.place()
    attempt_id = shop.pay(order_id, wallet_minor=400)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    return order_id


def test_the_share_is_held_until_the_rest_is_paid(wallets: Shop) -> None:
    order_id = wallets.place()

    attempt_id = wallets.pay(order_id, wallet_minor=300)
    assert wallets.attempt(attempt_id).amount_minor == 700
    assert _has(wallets) == Balance(400, 300)
    wallets.approve(attempt_id)
    for _ in range(2):
        wallets.notice(attempt_id)
    wallets.work_off()

    order = wallets.order(order_id)
    assert (order.status, order.paid_minor) == ("fulfilled", 1000)
    assert _has(wallets) == Balance(100, 0)
    assert wallets.balance("channel_clearing") == 400 + 700
    assert _shares(wallets) == ["confirmed"]


def test_a_declined_rest_frees_the_share_and_the_buyer_may_pay_otherwise(wallets: Shop) -> None:
    order_id = wallets.place()
    attempt_id = wallets.pay(order_id, wallet_minor=None)

    wallets.decline(attempt_id)
    wallets.poll(attempt_id)
    assert _has(wallets) == Balance(400, 0)
    assert _shares(wallets) == ["cancelled"]
    other = wallets.pay(order_id)
    wallets.approve(other)
    wallets.notice(other)

    assert wallets.attempt(other).amount_minor == wallets.order(order_id).paid_minor == 1000
    assert _has(wallets) == Balance(400, 0)


def test_a_wallet_with_enough_pays_alone(wallets: Shop) -> None:
    wallets.fund("buyer-1", 900)
    order_id = wallets.place()

    attempt_id = wallets.pay(order_id, wallet_minor=None)

    assert wallets.attempt(attempt_id).channel == "wallet"
    assert wallets.order(order_id).status == "paid"
    assert _has(wallets) == Balance(300, 0)
    assert _shares(wallets) == []


@pytest.mark.parametrize(
    ("share", "channel", "error"),
    [(401, "simulator", InsufficientFunds), (1001, "simulator", Invalid), (-1, "simulator", Invalid),
     (100, "wallet", NoChannel)],
)  # fmt: skip
def test_a_share_that_cannot_be_is_refused(wallets: Shop, share: int, channel: str, error: type[AppError]) -> None:
    order_id = wallets.place()

    with pytest.raises(error):
        wallets.pay(order_id, wallet_minor=share, channel=channel)

    assert wallets.order(order_id).status == "created"
    assert _has(wallets) == Balance(400, 0)


def test_an_empty_wallet_bears_nothing(wallets: Shop) -> None:
    order_id = wallets.place(buyer="somebody-else")

    attempt_id = wallets.pay(order_id, wallet_minor=None)

    assert wallets.attempt(attempt_id).amount_minor == 1000
    assert _has(wallets) == Balance(400, 0)


def test_money_that_comes_after_closing_goes_back_and_the_share_is_free(wallets: Shop, clock: Any) -> None:
    order_id = wallets.place()
    attempt_id = wallets.pay(order_id, wallet_minor=400)
    wallets.script("close", "http_500", out_trade_no=show("att", attempt_id), times=9)
    clock.move(2500)
    close_order(wallets.business_id, order_id, reason="expired", actor="system")
    assert _has(wallets) == Balance(400, 0)

    wallets.approve(attempt_id)
    wallets.notice(attempt_id)
    wallets.work_off()

    [back] = wallets.refunds(order_id)
    assert (back.status, back.amount_minor) == ("succeeded", 600)
    assert wallets.order(order_id).status == "closed"
    assert _has(wallets) == Balance(400, 0)


@pytest.mark.parametrize(("spent", "status"), [(0, "paid"), (50, "created")])
def test_a_yes_after_a_no_counts_only_while_the_wallet_has_its_share(wallets: Shop, spent: int, status: str) -> None:
    order_id = wallets.place()
    attempt_id = wallets.pay(order_id, wallet_minor=400)
    wallets.decline(attempt_id)
    wallets.poll(attempt_id)
    other = wallets.place()
    if spent:
        wallets.pay(other, wallet_minor=spent)

    wallets.notice(attempt_id)
    wallets.work_off()

    assert wallets.order(order_id).status == ("fulfilled" if status == "paid" else "created")
    assert wallets.attempt(attempt_id).applied is (status == "paid")
    assert _has(wallets) == (Balance(0, 0) if status == "paid" else Balance(400, spent))


def test_a_yes_after_a_no_takes_the_share_that_another_try_of_this_order_holds(wallets: Shop) -> None:
    order_id = wallets.place()
    first = wallets.pay(order_id, wallet_minor=400)
    wallets.decline(first)
    wallets.poll(first)
    second = wallets.pay(order_id, wallet_minor=350)

    wallets.notice(first)
    wallets.approve(second)
    wallets.notice(second)
    wallets.work_off()

    assert wallets.order(order_id).paid_minor == 1000
    assert (wallets.attempt(first).applied, wallets.attempt(second).applied) == (True, False)
    assert [(back.status, back.amount_minor) for back in wallets.refunds(order_id)] == [("succeeded", 650)]
    assert _has(wallets) == Balance(0, 0)


def test_refunds_return_what_came_from_outside_first_and_never_more_than_each_gave(wallets: Shop) -> None:
    order_id = _mixed_order(wallets)

    wallets.refund(order_id, 500)
    assert _has(wallets) == Balance(0, 0)
    spanning = wallets.refund(order_id, 300)
    assert _has(wallets) == Balance(200, 0)
    wallets.refund(order_id)

    assert [back.amount_minor for back in wallets.refunds(order_id)] == [500, 100, 200, 200]
    assert [back.split_of for back in wallets.refunds(order_id)] == [None, None, spanning, None]
    assert (wallets.order(order_id).status, wallets.order(order_id).refunded_minor) == ("refunded", 1000)
    assert _has(wallets) == Balance(400, 0)
    assert wallets.balance("merchant_payable") == 0


def test_a_refused_refund_of_the_channels_part_leaves_the_share_returned(wallets: Shop) -> None:
    order_id = _mixed_order(wallets)
    [outside] = [row for row in wallets.many(_attempts_of(order_id)) if row.channel == "simulator"]
    wallets.script("refund", "decline", out_trade_no=show("att", outside.id), times=1)

    wallets.refund(order_id)

    order = wallets.order(order_id)
    assert (order.status, order.refunded_minor) == ("paid", 400)
    wallets.refund(order_id)
    assert wallets.order(order_id).status == "refunded"


def test_buyers_who_split_at_once_never_share_the_same_money(wallets: Shop) -> None:
    orders = [wallets.place() for _ in range(6)]

    def begin(order_id: Any) -> bool:
        try:
            wallets.pay(order_id, wallet_minor=100)
        except InsufficientFunds:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        started = sum(pool.map(begin, orders))

    assert started == 4
    assert _has(wallets) == Balance(400, 400)


def _attempts_of(order_id: Any) -> Any:
    from app.domain.payments.models import PaymentAttempt, PaymentTransaction

    table = PaymentAttempt.__table__
    mine = select(PaymentTransaction.id).where(PaymentTransaction.order_id == order_id)
    return select(table).where(table.c.transaction_id.in_(mine))
