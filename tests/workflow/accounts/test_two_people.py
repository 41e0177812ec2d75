"""What takes two people besides large amounts: channels' settings, moves by hand, small refunds that add up."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id, parse, show
from app.core.security import crypto
from app.core.states import IllegalTransition
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Approval
from app.domain.payments.models import ChannelAccount
from app.read.accounts import approvals
from app.workflow.accounts import decide_approval
from app.workflow.accounts.set_approval_limits import set_approval_limits
from app.workflow.orders import transition_manually
from app.workflow.payments import manage_channels
from app.workflow.payments.refund_order import refund_order
from app.workflow.steps.payments.channel_access import encryption_context
from tests.factories.people import make_members
from tests.factories.shop import Shop

ANN, BEN = show("usr", uuid.UUID(int=1)), show("usr", uuid.UUID(int=2))


@pytest.fixture(autouse=True)
def _team(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)


def _account(shop: Shop, account_id: uuid.UUID) -> Any:
    return shop.one(select(ChannelAccount.__table__).where(ChannelAccount.id == account_id))


def _approval(shop: Shop, raised: pytest.ExceptionInfo[ApprovalNeeded] | ApprovalNeeded) -> Any:
    error = raised if isinstance(raised, ApprovalNeeded) else raised.value
    return approvals.get_approval(shop.business_id, parse("apr", error.details["approval_id"]))


def _change(shop: Shop, *, by: str = ANN, name: str = "Pay", **values: str) -> None:
    stored = {name: text for name, text in _account(shop, shop.account_id).settings.items() if name != "api_key"}
    about: dict[str, Any] = {"name": name, "enabled": True, "priority": 5, "actor": by}
    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={**stored, **values}, **about)


@pytest.fixture
def careful(shop: Shop) -> Shop:
    """A shop whose channels take two people."""
    set_approval_limits(shop.business_id, {}, channels_need_approval=True)
    return shop


def test_a_channels_secret_changes_when_somebody_else_approves(careful: Shop) -> None:
    before = _account(careful, careful.account_id).settings

    with pytest.raises(ApprovalNeeded) as raised:
        _change(careful, api_key="secret-of-ann")

    held = _approval(careful, raised)
    assert _account(careful, careful.account_id).settings == before
    assert "secret-of-ann" not in repr(held._mapping)
    assert held.payload["changes"] == [{"field": "API key", "before": "•••", "after": "••• (another one)"}]
    assert decide_approval.approve(careful.business_id, held.id, actor=BEN) == "done"
    ciphertext = _account(careful, careful.account_id).settings["api_key"]
    context = encryption_context(careful.account_id, "api_key")
    assert crypto.decrypt(ciphertext, context=context) == "secret-of-ann"
    assert _approval(careful, raised).secrets == {}
    assert decide_approval.carry_out(careful.business_id, held.id) == "done"
    with db.phase("test.mend", careful.business_id):
        db.write(db.change(ChannelAccount, careful.account_id, settings=before))


def test_what_is_rejected_leaves_the_channel_and_no_secret_behind(careful: Shop) -> None:
    with pytest.raises(ApprovalNeeded) as raised:
        _change(careful, api_key="secret-of-ann")

    decide_approval.reject(careful.business_id, _approval(careful, raised).id, actor=BEN, reason="who is Ann?")

    assert _approval(careful, raised).secrets == {}


def test_names_and_switches_take_one_person_and_a_stale_change_is_refused(careful: Shop) -> None:
    merchant_id = _account(careful, careful.account_id).settings["merchant_id"]
    _change(careful, name="Renamed")
    assert _account(careful, careful.account_id).name == "Renamed"
    with pytest.raises(ApprovalNeeded) as raised:
        _change(careful, merchant_id="m-ann")
    _change(careful, by="system", merchant_id="m-third")

    ended = decide_approval.approve(careful.business_id, _approval(careful, raised).id, actor=BEN)

    assert (ended, _account(careful, careful.account_id).settings["merchant_id"]) == ("failed", "m-third")
    assert "changed in the meantime" in _approval(careful, raised).problem
    _change(careful, by="system", merchant_id=merchant_id)


def test_a_new_account_takes_two_people_too(careful: Shop) -> None:
    values = {"merchant_id": careful.merchant_id, "api_key": "k"}
    with pytest.raises(ApprovalNeeded) as raised:
        manage_channels.add_channel_account(
            careful.business_id, channel="simulator", name="Anns", values=values, actor=ANN
        )
    held = _approval(careful, raised)

    assert careful.many(select(ChannelAccount.id).where(ChannelAccount.id == held.subject_id)) == []
    assert decide_approval.approve(careful.business_id, held.id, actor=BEN) == "done"
    assert _account(careful, held.subject_id).name == "Anns"


@pytest.mark.parametrize(("to", "order"), [("succeeded", "fulfilled"), ("failed", "created")])
def test_an_undecided_payment_is_moved_by_two_people(shop: Shop, to: str, order: str) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shown = show("att", attempt_id)

    approval_id = transition_manually.request_transition(
        shop.business_id, shown, to, reason="seen on their page", actor=ANN
    )
    with pytest.raises(Conflict):
        transition_manually.request_transition(shop.business_id, shown, to, reason="again", actor=BEN)
    held = _approval(shop, approval_id)

    assert shop.attempt(attempt_id).status == "pending"
    assert decide_approval.approve(shop.business_id, held.id, actor=BEN) == "done"
    shop.work_off()
    assert (shop.attempt(attempt_id).status, shop.order(order_id).status) == (to, order)
    assert (held.subject_id, held.amount_minor) == (order_id, 1000)


def test_a_move_is_refused_where_there_is_none_and_fails_when_it_came_too_late(shop: Shop, new_shop: Any) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shown = show("att", attempt_id)
    approval_id = transition_manually.request_transition(
        shop.business_id, shown, "failed", reason="no trace of it", actor=ANN
    )
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    assert decide_approval.approve(shop.business_id, _approval(shop, approval_id).id, actor=BEN) == "failed"
    assert shop.attempt(attempt_id).status == "succeeded"
    for error, text, to, by in (
        (IllegalTransition, shown, "failed", ANN),
        (IllegalTransition, shown, "nonsense", ANN),
        (NotFound, show("att", new_id()), "failed", ANN),
        (NotFound, show("ord", order_id), "closed", ANN),
        (Invalid, shown, "failed", "system"),
    ):
        with pytest.raises(error):
            transition_manually.request_transition(shop.business_id, text, to, reason="x", actor=by)
    with pytest.raises(NotFound):
        transition_manually.request_transition(new_shop().business_id, shown, "failed", reason="x", actor=ANN)
    with pytest.raises(Invalid):
        transition_manually.request_transition(shop.business_id, shown, "failed", reason=" ", actor=ANN)


def test_small_refunds_of_a_day_count_as_one(shop: Shop, clock: Any) -> None:
    set_approval_limits(shop.business_id, {"refund": {"USD": 500}})
    first, second = shop.paid_order(), shop.paid_order()

    def refund(order_id: uuid.UUID, minor: int, by: str = ANN) -> None:
        refund_order(shop.business_id, order_id, amount_minor=minor, reason="goodwill", actor=by)

    refund(first, 300)
    with pytest.raises(ApprovalNeeded) as raised:
        refund(second, 300, BEN)
    refund(second, 200)  # together 5.00: up to the limit
    assert decide_approval.approve(shop.business_id, _approval(shop, raised).id, actor=ANN) == "done"
    with pytest.raises(ApprovalNeeded):
        refund(first, 1)
    refund(shop.paid_order(buyer="buyer-2"), 500)
    shop.work_off()
    clock.move(24 * 3600 + 60)
    refund(first, 300)

    shop.work_off()
    assert shop.order(first).refunded_minor == 600
    with db.reading(shop.business_id):
        assert db.scalar(select(Approval.id).where(Approval.business_id == shop.business_id).limit(1))
