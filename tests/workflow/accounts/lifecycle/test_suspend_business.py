"""An operator suspends a business: it sells nothing, and what began goes on; with `read_only` nothing is changed."""

from __future__ import annotations

import uuid
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id, parse, show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded, Suspended
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.types import SUSPENSIONS
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.channels.simulator.channel import SimulatorChannel
from app.domain.payments.channels.types import Outcome
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.lifecycle.suspend_business import lift, suspend
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.payments.refund_order import refund_order
from app.workflow.wallets.move_money import top_up
from tests.factories.approvals import ANN, BEN
from tests.factories.people import make_members, make_user
from tests.factories.shop import Shop
from tests.factories.user_mails import mails_to

LEVELS = sorted(SUSPENSIONS)


@pytest.mark.parametrize("level", LEVELS)
def test_a_suspended_business_sells_nothing_by_any_road(shop: Shop, level: str) -> None:
    unpaid = shop.place()

    suspend(shop.business_id, level=level, reason="Fraud is looked into.")

    for road in (
        shop.place,
        lambda: shop.pay(unpaid),
        lambda: open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="b")),
        lambda: top_up(shop.business_id, buyer="b", money=Money(100, "USD"), actor="test"),
    ):
        with pytest.raises(Suspended) as refused:
            road()
        assert refused.value.code == "business_suspended"
    lift(shop.business_id)
    assert shop.pay(unpaid)
    assert shop.place()


def test_what_began_goes_on_and_refunds_are_made(shop: Shop) -> None:
    paid, paying = shop.paid_order(), shop.place()
    attempt_id = shop.pay(paying)

    suspend(shop.business_id, level="no_new_payments", reason="Fraud is looked into.")
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    refund_order(shop.business_id, paid, amount_minor=None, reason="x", actor="test")
    shop.work_off()

    assert shop.order(paying).paid_minor > 0
    assert shop.order(paid).refunded_minor > 0


def test_a_fail_over_begins_no_payment_after_the_suspension(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = {"base_url": "http://127.0.0.1:9", "merchant_id": shop.merchant_id, "api_key": shop.api_key}
    add_channel_account(shop.business_id, channel="simulator", name="Ahead", values=nobody, priority=1)
    order_id, start_payment = shop.place(), SimulatorChannel.start_payment

    def suspended_meanwhile(*about: Any) -> Outcome:
        suspend(shop.business_id, level="no_new_payments", reason="Meanwhile.")
        return start_payment(*about)

    monkeypatch.setattr(SimulatorChannel, "start_payment", suspended_meanwhile)
    attempt_id = shop.pay(order_id, channel=None)

    assert shop.attempt(attempt_id).status == "failed"
    assert shop.order(order_id).status == "created"


@pytest.mark.usefixtures("mail_on")
def test_the_same_again_changes_nothing_and_the_owners_are_told_once(shop: Shop) -> None:
    owner, viewer = make_user(shop.business_id), make_user(shop.business_id, "viewer")

    suspend(shop.business_id, level="no_new_payments", reason="  Fraud   is looked into. ")
    first = _row(shop.business_id)
    suspend(shop.business_id, level="no_new_payments", reason="Fraud is looked into.")
    suspend(shop.business_id, level="read_only", reason="Fraud.")
    harder = _row(shop.business_id)
    lift(shop.business_id)
    lift(shop.business_id)

    assert (first.suspended, first.suspended_reason) == ("no_new_payments", "Fraud is looked into.")
    assert (harder.suspended, harder.suspended_at) == ("read_only", first.suspended_at)
    told = [(mail.kind, mail.details["level"], mail.details["reason"]) for mail in mails_to(owner.email)]
    assert told == [
        ("suspension", "no_new_payments", "Fraud is looked into."),
        ("suspension", "read_only", "Fraud."),
        ("suspension", "", ""),
    ]
    assert mails_to(viewer.email) == []
    assert _row(shop.business_id).suspended is None


@pytest.mark.parametrize(("level", "reason"), [("forever", "x"), ("read_only", "  ")])
def test_a_level_and_a_reason_are_needed(shop: Shop, level: str, reason: str) -> None:
    with pytest.raises(Invalid):
        suspend(shop.business_id, level=level, reason=reason)
    with pytest.raises(NotFound):
        suspend(new_id(), level="read_only", reason="x")
    with pytest.raises(NotFound):
        lift(new_id())


def test_what_a_read_only_business_has_approved_waits(
    shop: Shop, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_members(shop.business_id, ANN, BEN)
    set_approval_limits(shop.business_id, {"refund": {"USD": 0}})
    order_id = shop.paid_order()
    with pytest.raises(ApprovalNeeded) as raised:
        refund_order(shop.business_id, order_id, amount_minor=None, reason="x", actor=ANN)
    with monkeypatch.context() as patch:
        patch.setattr(decide_approval, "carry_out", lambda *_: "approved")
        decide_approval.approve(shop.business_id, parse("apr", raised.value.details["approval_id"]), actor=BEN)
    suspend(shop.business_id, level="read_only", reason="x")
    clock.move(120)

    decide_approval.sweep_approvals()
    shop.work_off()
    waited = shop.order(order_id).refunded_minor
    lift(shop.business_id)
    decide_approval.sweep_approvals()
    shop.work_off()

    assert waited == 0
    assert shop.order(order_id).refunded_minor > 0


def test_by_command(shop: Shop, app: Flask) -> None:
    run, name = app.test_cli_runner().invoke, show("biz", shop.business_id)

    done = run(args=["business", "suspend", name, "--level", "read_only", "--reason", "Fraud"])
    listed = run(args=["business", "list"]).output
    lifted = run(args=["business", "lift", name])
    after = run(args=["business", "list", "--after", "biz_7zzzzzzzzzzzzzzzzzzzzzzzzz"]).output

    assert (done.exit_code, lifted.exit_code) == (0, 0)
    assert any(line.split()[:3] == [name, "test", "read_only"] for line in listed.splitlines())
    assert any(line.split()[:3] == [name, "test", "active"] for line in after.splitlines())


def _row(business_id: uuid.UUID) -> Business:
    with db.system_reading():
        row = db.first(select(db.table(Business)).where(Business.id == business_id))
    assert row is not None
    return row
