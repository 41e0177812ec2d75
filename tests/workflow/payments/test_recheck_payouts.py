"""Payouts that succeeded are asked about again, and what came back is put back once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments import rules
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.types import Payee
from app.domain.reconciliation.models import Case
from app.workflow.payments import recheck_payouts, record_result
from app.workflow.steps.payments import reserve_movement
from app.workflow.wallets import move_money, pay_out
from tests.factories.shop import Shop

PAYEE = Payee(account="DE02120300000000202051", name="Ann")
DECIDED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def attempt_id(shop: Shop) -> uuid.UUID:
    """A withdrawal of 4.00 that succeeded; 6.00 are left."""
    shop.keep_wallets()
    shop.fund("ann", 1000)
    made = pay_out.withdraw(shop.business_id, buyer="ann", money=Money(400, "USD"), payee=PAYEE, actor="test")
    found: uuid.UUID = shop.one(select(PaymentAttempt.id).where(PaymentAttempt.transaction_id == made)).id
    return found


def _send_back(shop: Shop, attempt_id: uuid.UUID, how: str = "fail") -> None:
    """The company's state changes, and nobody hears of it."""
    shop.company(f"payouts/{show('att', attempt_id)}/{how}", {"force": True})


def _available(shop: Shop) -> int:
    return move_money.wallet(shop.business_id, buyer="ann", currency="USD").available


def _status(shop: Shop) -> str:
    of_kind = PaymentTransaction.kind == "withdrawal"
    return str(shop.one(select(PaymentTransaction.status).where(of_kind)).status)


def _recheck_at(shop: Shop, attempt_id: uuid.UUID) -> datetime | None:
    return shop.attempt(attempt_id).recheck_at


def test_money_that_came_back_unheard_is_found_and_put_back_once(shop: Shop, attempt_id: uuid.UUID, clock) -> None:
    early = recheck_payouts.recheck(shop.business_id, attempt_id)
    _send_back(shop, attempt_id)
    clock.move(3601)

    with ThreadPoolExecutor(2) as pool:
        asked = [*pool.map(lambda _: recheck_payouts.recheck(shop.business_id, attempt_id), range(2))]
    clock.move(6 * 3600)
    later = recheck_payouts.recheck(shop.business_id, attempt_id)

    assert (early, sorted(asked), later) == (False, [False, True], False)
    assert (_status(shop), _available(shop), shop.attempt(attempt_id).status) == ("returned", 1000, "succeeded")
    assert _recheck_at(shop, attempt_id) is None
    assert [row.kind for row in shop.many(select(Case.__table__))] == ["withdrawal_returned"]


def test_what_is_still_there_is_asked_about_for_thirty_days(shop: Shop, attempt_id: uuid.UUID, clock) -> None:
    asked = 0
    for _ in range(60):
        clock.move(12 * 3600)
        asked += recheck_payouts.recheck(shop.business_id, attempt_id)
    clock.move(24 * 3600)
    asked += recheck_payouts.recheck(shop.business_id, attempt_id)

    assert (asked, _recheck_at(shop, attempt_id)) == (6, None)
    assert (_status(shop), _available(shop)) == ("succeeded", 600)


def test_the_job_asks_what_is_due(shop: Shop, attempt_id: uuid.UUID, clock) -> None:
    _send_back(shop, attempt_id)
    clock.move(3601)

    recheck_payouts.recheck_due()

    assert (_status(shop), _available(shop)) == ("returned", 1000)


def test_notices_in_the_wrong_order_are_put_right(shop: Shop, clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that it came back overtakes the one that it arrived."""
    shop.keep_wallets()
    shop.fund("ann", 1000)
    ids = [attempt_id := new_id()]
    monkeypatch.setattr(reserve_movement, "new_id", lambda: ids.pop() if ids else new_id())
    shop.script("payout", "pending", out_trade_no=show("att", attempt_id))
    pay_out.withdraw(shop.business_id, buyer="ann", money=Money(400, "USD"), payee=PAYEE, actor="test")
    for how in ("succeed", "fail"):
        _send_back(shop, attempt_id, how)
    said = {"amount": Money(400, "USD"), "channel_ref": "PO1"}
    for status in ("failed", "succeeded"):
        record_result.record(shop.business_id, attempt_id, Outcome(status=status, **said), source="notice")
    believed = _available(shop)
    clock.move(3601)

    recheck_payouts.recheck(shop.business_id, attempt_id)

    assert (believed, _available(shop), _status(shop)) == (600, 1000, "returned")


def test_only_what_leaves_by_companies_is_asked_about_again() -> None:
    times = {"decided_at": DECIDED, "moment": DECIDED}
    simulator, offline = (registry.capabilities(name) for name in ("simulator", "offline"))

    assert rules.next_recheck(simulator, "payout", **times) == DECIDED + timedelta(hours=1)
    assert rules.next_recheck(simulator, "charge", **times) is None
    assert rules.next_recheck(offline, "payout", **times) is None
    last = DECIDED + rules.RECHECKS[-1]
    assert rules.next_recheck(simulator, "payout", decided_at=DECIDED, moment=last - timedelta(seconds=1)) == last
    assert rules.next_recheck(simulator, "payout", decided_at=DECIDED, moment=last) is None
