"""Over the limit nothing moves until somebody else approves; then once, whatever dies in between."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core import context
from app.core.errors import AppError, Denied
from app.core.ids import new_id, parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded, ApprovalRefused, OwnRequest
from app.domain.payments.types import Payee
from app.read.accounts import approvals
from app.workflow.accounts import manage_keys
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.payments.refund_order import refund_order
from app.workflow.wallets.pay_out import pay_out
from tests.factories.people import make_members
from tests.factories.shop import Shop

ANN, BEN = show("usr", uuid.UUID(int=1)), show("usr", uuid.UUID(int=2))


@pytest.fixture(autouse=True)
def _team(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)


def _request(
    shop: Shop, order_id: uuid.UUID, minor: int | None, *, by: str = ANN, again: uuid.UUID | None = None
) -> uuid.UUID:
    with pytest.raises(ApprovalNeeded) as raised:
        _refund(shop, order_id, minor, by=by, transaction_id=again)
    return parse("apr", raised.value.details["approval_id"])


def _refund(shop: Shop, order_id: uuid.UUID, minor: int | None, *, by: str = ANN, **about: Any) -> uuid.UUID:
    return refund_order(shop.business_id, order_id, amount_minor=minor, reason="goodwill", actor=by, **about)


def _status(shop: Shop, approval_id: uuid.UUID) -> str:
    return str(approvals.get_approval(shop.business_id, approval_id).status)


def _refunded(shop: Shop, order_id: uuid.UUID) -> int:
    shop.work_off()
    return int(shop.order(order_id).refunded_minor)


@pytest.fixture
def order_id(shop: Shop) -> uuid.UUID:
    """An order of 10.00 that was paid and delivered; refunds over 5.00 take two people."""
    set_approval_limits(shop.business_id, {"refund": {"USD": 500}, "payout": {"USD": 0}})
    return shop.paid_order()


def test_over_the_limit_it_takes_somebody_else(shop: Shop, order_id: uuid.UUID) -> None:
    again = new_id()
    request = _request(shop, order_id, 600, again=again)

    assert _request(shop, order_id, 600, again=again) == request
    assert _refunded(shop, order_id) == 0
    with pytest.raises(OwnRequest):
        decide_approval.approve(shop.business_id, request, actor=ANN)
    assert decide_approval.approve(shop.business_id, request, actor=BEN, reason="fine") == "done"
    assert _refunded(shop, order_id) == 600
    assert _refund(shop, order_id, 600, transaction_id=again) == again
    assert decide_approval.carry_out(shop.business_id, request) == "done"
    assert _refunded(shop, order_id) == 600


def test_up_to_the_limit_and_for_the_system_it_does_not(shop: Shop, order_id: uuid.UUID) -> None:
    _refund(shop, order_id, 500)
    _refund(shop, order_id, None, by="system")

    assert _refunded(shop, order_id) == 1000
    assert not approvals.list_approvals(shop.business_id, status=None, after=None, limit=9)


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_who_may_not_refund_decides_on_no_refund(shop: Shop, order_id: uuid.UUID, role: str) -> None:
    request, other = _request(shop, order_id, 600), show("usr", new_id())
    make_members(shop.business_id, other, role=role)

    for decide in (decide_approval.approve, decide_approval.reject):
        with pytest.raises(Denied):
            decide(shop.business_id, request, actor=other, reason="fine")
        with pytest.raises(Denied):
            decide(shop.business_id, request, actor=show("usr", new_id()), reason="no member")

    assert (_status(shop, request), _refunded(shop, order_id)) == ("requested", 0)
    make_members(shop.business_id, third := show("usr", new_id()), role="support")
    assert decide_approval.approve(shop.business_id, request, actor=third) == "done"


def test_what_is_rejected_or_too_late_moves_nothing(shop: Shop, order_id: uuid.UUID, clock: Any) -> None:
    again = new_id()
    rejected, late = _request(shop, order_id, 600, again=again), _request(shop, order_id, 700)

    decide_approval.reject(shop.business_id, rejected, actor=BEN, reason="no")
    clock.move(4 * 86400)
    with pytest.raises(ApprovalRefused):
        decide_approval.approve(shop.business_id, late, actor=BEN)
    decide_approval.sweep_approvals()

    assert (_status(shop, rejected), _status(shop, late)) == ("rejected", "expired")
    with pytest.raises(ApprovalRefused):
        _refund(shop, order_id, 600, transaction_id=again)
    assert _refunded(shop, order_id) == 0


def test_what_cannot_be_done_any_more_says_why(shop: Shop, order_id: uuid.UUID) -> None:
    request = _request(shop, order_id, 800)
    _refund(shop, order_id, 500)

    assert decide_approval.approve(shop.business_id, request, actor=BEN) == "failed"
    assert "exceeds the refundable amount" in approvals.get_approval(shop.business_id, request).problem
    assert _refunded(shop, order_id) == 500


def test_who_dies_after_approving_is_followed_by_the_sweep(
    shop: Shop, order_id: uuid.UUID, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = _request(shop, order_id, 600)
    with monkeypatch.context() as patch:
        patch.setattr(decide_approval, "carry_out", lambda *_: "approved")
        decide_approval.approve(shop.business_id, request, actor=BEN)
    decide_approval.sweep_approvals()
    assert _status(shop, request) == "approved"

    clock.move(120)
    decide_approval.sweep_approvals()

    assert _status(shop, request) == "done"
    assert _refunded(shop, order_id) == 600


def test_payouts_too_and_a_key_of_ones_own_is_not_somebody_else(shop: Shop, order_id: uuid.UUID) -> None:
    assert order_id
    with context.work(actor=BEN):
        key = manage_keys.create_key(shop.business_id, name="Ben's", kind="secret", made_for=uuid.UUID(int=2))
    body: dict[str, Any] = {
        "money": Money(100, "USD"),
        "payee": Payee(account="DE1"),
        "actor": f"key:{show('key', key.id)}",
    }
    with pytest.raises(ApprovalNeeded) as raised:
        pay_out(shop.business_id, **body)
    approval_id = parse("apr", raised.value.details["approval_id"])

    with pytest.raises(OwnRequest):
        decide_approval.approve(shop.business_id, approval_id, actor=BEN)
    assert decide_approval.approve(shop.business_id, approval_id, actor=ANN) == "done"


def test_limits_are_of_known_kinds_and_currencies(shop: Shop) -> None:
    for wrong in ({"gift": {"USD": 1}}, {"refund": {"XXY": 1}}, {"refund": {"USD": -1}}):
        with pytest.raises(AppError):
            set_approval_limits(shop.business_id, wrong)
    assert approvals.limits(shop.business_id) == {}
