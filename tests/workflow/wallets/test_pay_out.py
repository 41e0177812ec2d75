"""Money that leaves: out of wallets and out of what the merchant is owed, once, and never more than is there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.domain.ledger.errors import InsufficientFunds
from app.domain.ledger.service import Balance
from app.domain.payments.errors import NoChannel
from app.domain.payments.models import PaymentAttempt, PaymentTransaction, RoutingDecision
from app.domain.payments.types import Payee
from app.domain.reconciliation.models import Case
from app.workflow.payments import manage_channels, manage_routing
from app.workflow.payments.manage_routing import RoutingRuleCommand
from app.workflow.wallets import move_money, pay_out
from tests.factories.shop import Shop

PAYEE = Payee(account="DE02120300000000202051", name="Ann")


@pytest.fixture
def wallets(shop: Shop) -> Shop:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    return shop


def _has(shop: Shop, buyer: str = "ann") -> Balance:
    return move_money.wallet(shop.business_id, buyer=buyer, currency="USD")


def _withdraw(shop: Shop, minor: int, transaction_id: uuid.UUID | None = None) -> uuid.UUID:
    return pay_out.withdraw(
        shop.business_id,
        buyer="ann",
        money=Money(minor, "USD"),
        payee=PAYEE,
        actor="test",
        transaction_id=transaction_id,
    )


def _status(shop: Shop, transaction_id: uuid.UUID) -> str:
    return str(shop.one(select(PaymentTransaction.status).where(PaymentTransaction.id == transaction_id)).status)


def _cases(shop: Shop) -> list[tuple[str, bool]]:
    return [(row.kind, row.details["uncovered"]) for row in shop.many(select(Case.__table__))]


def test_a_withdrawal_leaves_the_wallet_once(wallets: Shop) -> None:
    transaction_id = new_id()

    for _ in range(2):
        assert _withdraw(wallets, 400, transaction_id) == transaction_id

    assert _has(wallets) == Balance(600, 0)
    assert _status(wallets, transaction_id) == "succeeded"
    assert wallets.balance("channel_clearing") == 600


def test_what_the_company_refuses_comes_back(wallets: Shop, next_ref: Callable[[], str]) -> None:
    wallets.script("payout", "decline", out_trade_no=next_ref(), value="payee_rejected")

    transaction_id = _withdraw(wallets, 400)

    assert _status(wallets, transaction_id) == "failed"
    assert _has(wallets) == Balance(1000, 0)


def test_a_pending_withdrawal_is_held_until_the_company_decides(wallets: Shop, next_ref: Callable[[], str]) -> None:
    ref = next_ref()
    wallets.script("payout", "pending", out_trade_no=ref)
    transaction_id = _withdraw(wallets, 400)
    attempt = wallets.refund_attempt(transaction_id)
    waiting = _has(wallets)

    payload = {"event": "payout.succeeded", "payout_no": attempt.channel_ref, "out_payout_no": ref}
    as_payment = wallets.notice(attempt.id)
    for _ in range(2):
        assert wallets.notice(attempt.id, **payload).http_status == 200

    assert (waiting, as_payment.http_status) == (Balance(1000, 400), 400)
    assert _has(wallets) == Balance(600, 0)


@pytest.mark.parametrize("behavior", ["http_500", "garbage"])
def test_an_unknown_withdrawal_is_polled_and_paid_once(
    wallets: Shop, next_ref: Callable[[], str], behavior: str
) -> None:
    ref = next_ref()
    wallets.script("payout", behavior, out_trade_no=ref, times=1)
    transaction_id = _withdraw(wallets, 400)
    attempt = wallets.refund_attempt(transaction_id)
    assert (attempt.status, _has(wallets)) == ("unknown", Balance(1000, 400))

    wallets.poll(attempt.id)

    assert _status(wallets, transaction_id) == "succeeded"
    assert _has(wallets) == Balance(600, 0)


def test_never_more_than_is_available_leaves(wallets: Shop) -> None:
    with pytest.raises(InsufficientFunds):
        _withdraw(wallets, 1001)
    with pytest.raises(NoChannel):
        pay_out.withdraw(
            wallets.business_id, buyer="ann", money=Money(1, "USD"), payee=PAYEE, actor="test", channel="wallet"
        )

    assert _has(wallets) == Balance(1000, 0)


def test_a_payout_takes_at_most_what_the_merchant_is_owed_in_this_currency(shop: Shop) -> None:
    order_id = shop.paid_order(2)
    shop.refund(order_id, 500)

    def pay(minor: int, currency: str = "USD") -> uuid.UUID:
        return pay_out.pay_out(shop.business_id, money=Money(minor, currency), payee=PAYEE, actor="test")

    for minor, currency in ((1501, "USD"), (1, "EUR")):
        with pytest.raises(InsufficientFunds):
            pay(minor, currency)
    pay(1500)
    with pytest.raises(InsufficientFunds):
        pay(1)

    assert shop.balance("merchant_payable") == shop.balance("channel_clearing") == 0


@pytest.mark.parametrize("spent", [False, True])
def test_a_no_that_turns_into_a_yes_never_takes_a_wallet_below_zero(
    wallets: Shop, next_ref: Callable[[], str], spent: bool
) -> None:
    ref = next_ref()
    wallets.script("payout", "decline", out_trade_no=ref)
    attempt = wallets.refund_attempt(_withdraw(wallets, 400))
    if spent:
        move_money.transfer(wallets.business_id, payer="ann", recipient="bob", money=Money(900, "USD"), actor="test")

    wallets.company(f"payouts/{ref}/succeed", {"force": True})
    payload = {"event": "payout.succeeded", "payout_no": attempt.channel_ref, "out_payout_no": ref}
    wallets.notice(attempt.id, **payload)

    assert _has(wallets) == Balance(100 if spent else 600, 0)
    assert wallets.balance("shortfall") == (400 if spent else 0)
    assert _cases(wallets) == [("late_movement", spent)]


def test_payouts_at_once_never_take_more_than_is_owed(shop: Shop) -> None:
    shop.paid_order()

    def pay(_: int) -> bool:
        try:
            pay_out.pay_out(shop.business_id, money=Money(300, "USD"), payee=PAYEE, actor="test")
        except InsufficientFunds:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        granted = sum(pool.map(pay, range(8)))

    assert granted == 3
    assert shop.balance("merchant_payable") == -100


def test_transfers_that_cross_do_not_wait_for_each_other_for_ever(wallets: Shop) -> None:
    wallets.fund("bob", 1000)
    ways = [("ann", "bob"), ("bob", "ann")] * 8

    def move(way: tuple[str, str]) -> None:
        money = Money(10, "USD")
        move_money.transfer(wallets.business_id, payer=way[0], recipient=way[1], money=money, actor="test")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(move, ways))

    assert (_has(wallets).total, _has(wallets, "bob").total) == (1000, 1000)


def test_the_merchants_gift_is_taken_from_what_the_merchant_is_owed(wallets: Shop) -> None:
    wallets.paid_order()
    transaction_id = new_id()

    for _ in range(2):
        move_money.grant(
            wallets.business_id,
            buyer="ann",
            money=Money(250, "USD"),
            actor="test",
            reason="sorry",
            transaction_id=transaction_id,
        )

    assert _has(wallets) == Balance(1250, 0)
    assert wallets.balance("merchant_payable") == -750


def _leaves_by(shop: Shop, transaction_id: uuid.UUID) -> tuple[uuid.UUID, list[dict[str, Any]]]:
    """The account that a movement left by, and the list it was chosen from."""
    attempt = PaymentAttempt.transaction_id == transaction_id
    decision = shop.one(select(RoutingDecision.candidates).join(PaymentAttempt, _DECIDED).where(attempt))
    return shop.one(select(PaymentAttempt.channel_account_id).where(attempt)).channel_account_id, decision.candidates


def _another(shop: Shop) -> uuid.UUID:
    values = {"base_url": shop.simulator, "merchant_id": shop.merchant_id, "api_key": shop.api_key}
    return manage_channels.add_channel_account(
        shop.business_id, channel="simulator", name="Another", values=values, priority=500
    )


_DECIDED = (PaymentAttempt.business_id == RoutingDecision.business_id) & (PaymentAttempt.id == RoutingDecision.id)


def test_rules_decide_by_which_account_money_leaves(wallets: Shop) -> None:
    another = _another(wallets)
    targets = {another: 1}
    rule = RoutingRuleCommand(name="Large", weights=targets, direction="outgoing", currency="USD", min_minor=300)
    manage_routing.add_rule(wallets.business_id, rule)

    small, large = _withdraw(wallets, 299), _withdraw(wallets, 300)

    assert _leaves_by(wallets, small)[0] == wallets.account_id
    account_id, candidates = _leaves_by(wallets, large)
    assert account_id == another
    assert (candidates[0]["account_id"], candidates[0]["for"][0]["rule"]) == (str(another), "Large")


def test_a_rule_of_payments_says_nothing_of_money_that_leaves(wallets: Shop) -> None:
    another = _another(wallets)
    manage_routing.add_rule(wallets.business_id, RoutingRuleCommand(name="All", weights={another: 1}))

    assert _leaves_by(wallets, _withdraw(wallets, 300))[0] == wallets.account_id


def test_an_account_of_another_kind_is_passed_over(wallets: Shop) -> None:
    settings = {"base_url": "http://127.0.0.1:9", "secret_key": "sk_test_abcdefgh"}
    manage_channels.add_channel_account(wallets.business_id, channel="stripe", name="S", values=settings, priority=1)

    account_id, candidates = _leaves_by(wallets, _withdraw(wallets, 300))

    assert account_id == wallets.account_id
    assert candidates[0]["against"] == [{"code": "payee"}]


def test_a_rule_of_what_leaves_has_no_scene(wallets: Shop) -> None:
    rule = RoutingRuleCommand(name="x", weights={wallets.account_id: 1}, direction="outgoing", scene="web")

    with pytest.raises(Invalid) as refused:
        manage_routing.add_rule(wallets.business_id, rule)

    assert refused.value.details == {"param": "direction"}
