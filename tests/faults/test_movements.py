"""The process is stopped dead while money without an order moves: out of a wallet, and into one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.ids import new_id, show
from app.domain.ledger.service import Balance
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.workflow.wallets import move_money
from tests.factories.payment_orders import bank_of
from tests.factories.shop import Shop
from tests.faults.act import act
from tests.faults.conftest import points_of

OUT = ("pay_out.reserve.before_commit", "pay_out.reserve.after", "send_payout.call.after")
RECHECK = (
    *("recheck_payouts.claim.before_commit", "recheck_payouts.claim.after", "recheck_payouts.call.after"),
    *("record_result.query.before_commit", "record_result.query.after"),
)
IN = ("move_money.reserve_top_up.after", "move_money.call.after")
HOLD = ("hold_funds.place.before_commit", "hold_funds.place.after")
RELEASE = ("hold_funds.release.before_commit", "hold_funds.release.after")
# One phase that is all of its movement, the same steps as `reserve`, or a commit that another point stands behind.
SAME = ("send_payout.resume", "move_money.grant", "move_money.transfer", "move_money.reserve_top_up.before_commit")


@pytest.mark.parametrize("point", OUT)
def test_withdrawing(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    transaction_id = new_id()

    dies(shop, "withdraw", transaction_id, at=point)

    carry_on(shop)
    if _status(shop, transaction_id) is None:  # nothing was committed: requested again
        act(shop, "withdraw", transaction_id)
    assert _status(shop, transaction_id) == "succeeded"
    assert _has(shop) == Balance(600, 0)
    assert shop.balance("channel_clearing") == 600


def test_sending_again_a_payout_that_was_never_received(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None]
) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    transaction_id = new_id()
    dies(shop, "withdraw", transaction_id, at="pay_out.reserve.after")

    dies(shop, "ask", _attempt(shop, transaction_id), at="send_payout.resume.after")

    carry_on(shop)
    assert _status(shop, transaction_id) == "succeeded"
    assert _has(shop) == Balance(600, 0)
    assert shop.balance("channel_clearing") == 600


@pytest.mark.parametrize("point", RECHECK)
def test_finding_that_a_payout_came_back(shop: Shop, dies: Callable[..., None], clock: Any, point: str) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    transaction_id = new_id()
    act(shop, "withdraw", transaction_id)
    attempt_id = _attempt(shop, transaction_id)
    shop.company(f"payouts/{show('att', attempt_id)}/fail", {"force": True})
    clock.move(3601)

    dies(shop, "recheck", attempt_id, at=point)

    clock.move(6 * 3600)
    for _ in range(2):
        act(shop, "recheck", attempt_id)
    assert _status(shop, transaction_id) == "returned"
    assert _has(shop) == Balance(1000, 0)


@pytest.mark.parametrize("end", ["before_commit", "after"])
def test_recording_a_bank_report(shop: Shop, dies: Callable[..., None], end: str) -> None:
    bank = bank_of(shop)
    moved = [bank.withdraw(minor) for minor in (100, 200, 300)]
    order_id = bank.sent()

    dies(shop, "bank_report", order_id, at=f"decide_payment_line.decide.{end}")

    half = sorted(bank.status(each) for each in moved)
    act(shop, "bank_report", order_id)
    assert half.count("succeeded") == (1 if end == "after" else 0)
    assert [bank.status(each) for each in moved] == ["succeeded"] * 3
    assert bank.order(order_id).status == "completed"


@pytest.mark.parametrize("point", IN)
def test_topping_up(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    transaction_id = new_id()

    dies(shop, "top_up", transaction_id, at=point)

    carry_on(shop, approve=True)
    came = _status(shop, transaction_id) == "succeeded"
    assert came == (point == "move_money.call.after")
    assert _has(shop) == Balance(400 if came else 0, 0)


@pytest.mark.parametrize("point", HOLD)
def test_placing_a_hold(shop: Shop, dies: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    hold_id = new_id()

    dies(shop, "hold", hold_id, at=point)

    assert _has(shop) == Balance(1000, 400 if point.endswith("after") else 0)
    act(shop, "hold", hold_id)
    assert _has(shop) == Balance(1000, 400)


@pytest.mark.parametrize("point", RELEASE)
def test_releasing(shop: Shop, dies: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    shop.fund("ann", 1000)
    hold_id = new_id()
    act(shop, "hold", hold_id)

    dies(shop, "release_hold", hold_id, at=point)

    assert _has(shop) == Balance(1000, 300 if point.endswith("after") else 400)
    act(shop, "release_hold", hold_id)
    assert _has(shop) == Balance(1000, 300)


def test_every_point_of_these_workflows_is_tried() -> None:
    named = {point for name in ("pay_out", "send_payout", "move_money", "hold_funds") for point in points_of(name)}

    assert {point for point in named if not point.startswith(SAME)} == {*OUT, *IN, *HOLD, *RELEASE}


def _attempt(shop: Shop, transaction_id: uuid.UUID) -> uuid.UUID:
    found = shop.one(select(PaymentAttempt.id).where(PaymentAttempt.transaction_id == transaction_id))
    return uuid.UUID(str(found.id))


def _status(shop: Shop, transaction_id: uuid.UUID) -> str | None:
    found = shop.one(select(PaymentTransaction.status).where(PaymentTransaction.id == transaction_id))
    return found.status if found is not None else None


def _has(shop: Shop) -> Balance:
    return move_money.wallet(shop.business_id, buyer="ann", currency="USD")
