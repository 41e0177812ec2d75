"""The only owner confirms what they recorded themselves, after a delay."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core import clock as time
from app.core.errors import Conflict, Denied, NotFound
from app.core.ids import new_id, show
from app.domain.payments.models import BankTransfer
from app.domain.payments.payment_orders.models import PaymentOrder
from app.read.accounts import approvals
from app.workflow.accounts.approvals import confirm_alone, decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.ledger import adjust_ledger
from app.workflow.payments import confirm_bank_transfer
from app.workflow.payments.confirm_bank_transfer import Line
from tests.factories.payment_orders import bank_of
from tests.factories.people import make_user
from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop

WAIT_S = 3600


@pytest.fixture
def ann(shop: Shop) -> str:
    set_approval_limits(shop.business_id, {}, decides_alone=True, alone_waits_h=1)
    return show("usr", make_user(shop.business_id).user_id)


def _recorded(shop: Shop, actor: str, minor: int = 1000) -> tuple[uuid.UUID, uuid.UUID]:
    shop.take_transfers()
    order_id = shop.place()
    line = Line(amount_minor=minor, bank_reference=f"B{new_id().hex}", booked_on=time.now().date())
    attempt_id = shop.pay(order_id, channel="offline")
    return order_id, confirm_bank_transfer.record(shop.business_id, attempt_id, line, actor=actor)


def _begin(shop: Shop, prefix: str, row_id: uuid.UUID, actor: str) -> uuid.UUID:
    return confirm_alone.begin(shop.business_id, show(prefix, row_id), actor=actor, proven_at=time.now())


def _wait(clock: ModuleType) -> None:
    clock.move(WAIT_S + 60)
    for _ in range(2):
        decide_approval.sweep_approvals()


def test_a_transfer_counts_after_the_delay_and_not_before(shop: Shop, ann: str, clock: ModuleType) -> None:
    order_id, transfer_id = _recorded(shop, ann)
    approval_id = _begin(shop, "btr", transfer_id, ann)
    again = _begin(shop, "btr", transfer_id, ann)
    decide_approval.sweep_approvals()
    early = shop.order(order_id).status

    _wait(clock)
    shop.work_off()

    assert (again, early) == (approval_id, "paying")
    assert (shop.order(order_id).status, _status(shop, approval_id)) == ("fulfilled", "done")
    [row] = shop.many(select(BankTransfer.decided_by).where(BankTransfer.id == transfer_id))
    assert row.decided_by == decide_alone.BY_WAITING
    with pytest.raises(Conflict):
        _begin(shop, "btr", transfer_id, ann)


def test_money_that_fits_nothing_goes_back_alone(shop: Shop, ann: str, clock: ModuleType) -> None:
    _, transfer_id = _recorded(shop, ann, 900)
    _begin(shop, "btr", transfer_id, ann)
    _wait(clock)
    confirm_bank_transfer.send_back(
        shop.business_id, transfer_id, bank_reference="R1", sent_on=time.now().date(), actor=ann
    )

    _begin(shop, "btr", transfer_id, ann)
    _wait(clock)

    [row] = shop.many(select(BankTransfer.status).where(BankTransfer.id == transfer_id))
    assert row.status == "returned"


def test_a_payment_order_is_approved_after_the_delay(shop: Shop, ann: str, clock: ModuleType) -> None:
    bank = bank_of(shop)
    bank.withdraw(300)
    order_id = bank.make()
    approval_id = _begin(shop, "por", order_id, ann)

    _wait(clock)

    [row] = shop.many(select(PaymentOrder.status).where(PaymentOrder.id == order_id))
    assert (row.status, _status(shop, approval_id)) == ("approved", "done")


def test_what_was_undone_in_between_is_not_confirmed(shop: Shop, ann: str, clock: ModuleType) -> None:
    order_id, transfer_id = _recorded(shop, ann)
    approval_id = _begin(shop, "btr", transfer_id, ann)
    confirm_bank_transfer.reject(shop.business_id, transfer_id, reason="", actor=ann)

    _wait(clock)

    assert (shop.order(order_id).status, _status(shop, approval_id)) == ("paying", "failed")


def test_a_second_person_who_has_come_confirms_it(shop: Shop, ann: str, clock: ModuleType) -> None:
    order_id, transfer_id = _recorded(shop, ann)
    approval_id = _begin(shop, "btr", transfer_id, ann)
    ben = show("usr", make_user(shop.business_id, "finance").user_id)

    _wait(clock)
    between = _status(shop, approval_id)
    ended = decide_approval.approve(shop.business_id, approval_id, actor=ben)
    shop.work_off()

    assert (between, ended, shop.order(order_id).status) == ("requested", "done", "fulfilled")


def test_nobody_else_and_nothing_else_is_confirmed_alone(shop: Shop, ann: str, new_shop: Callable[..., Shop]) -> None:
    _, transfer_id = _recorded(shop, ann)
    with pytest.raises(NotFound):
        _begin(shop, "ord", transfer_id, ann)
    with pytest.raises(NotFound):
        _begin(new_shop(), "btr", transfer_id, ann)
    with pytest.raises(Denied):
        confirm_alone.begin(shop.business_id, show("btr", transfer_id), actor=ann, proven_at=None)
    make_user(shop.business_id)
    with pytest.raises(Denied):
        _begin(shop, "btr", transfer_id, ann)

    assert not approvals.waiting_for(shop.business_id, transfer_id)


def _status(shop: Shop, approval_id: uuid.UUID) -> str:
    return str(approvals.get_approval(shop.business_id, approval_id).status)


def test_a_settlement_is_booked_after_the_delay(shop: Shop, ann: str, clock: ModuleType) -> None:
    accountant = accountant_of(shop)
    settlement_id = accountant.record(actor=ann)
    approval_id = _begin(shop, "stl", settlement_id, ann)
    decide_approval.sweep_approvals()
    early = accountant.row(settlement_id).status

    _wait(clock)

    row = accountant.row(settlement_id)
    assert (early, row.status, row.decided_by) == ("recorded", "confirmed", decide_alone.BY_WAITING)
    assert _status(shop, approval_id) == "done"
    with pytest.raises(Conflict):
        _begin(shop, "stl", settlement_id, ann)


def test_an_adjustment_is_posted_after_the_delay(shop: Shop, ann: str, clock: ModuleType) -> None:
    accountant = accountant_of(shop)
    adjustment_id = accountant.request(actor=ann)
    approval_id = _begin(shop, "adj", adjustment_id, ann)
    early = accountant.adjustment(adjustment_id).status

    _wait(clock)

    row = accountant.adjustment(adjustment_id)
    assert (early, row.status, row.decided_by) == ("requested", "posted", decide_alone.BY_WAITING)
    assert _status(shop, approval_id) == "done"


def test_what_was_rejected_meanwhile_is_not_posted(shop: Shop, ann: str, clock: ModuleType) -> None:
    accountant = accountant_of(shop)
    adjustment_id = accountant.request(actor=ann)
    approval_id = _begin(shop, "adj", adjustment_id, ann)
    adjust_ledger.reject(shop.business_id, adjustment_id, reason="typo", actor=ann)

    _wait(clock)

    assert accountant.adjustment(adjustment_id).status == "rejected"
    assert _status(shop, approval_id) == "failed"
