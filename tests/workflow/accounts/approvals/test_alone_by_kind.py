"""Everything that takes two people, in a business of one: its owner waits, and it is done once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import clock as time
from app.core.errors import Denied
from app.core.ids import show
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded, ApprovalRefused
from app.domain.accounts.business.types import APPROVED_WITH
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.types import Payee
from app.domain.settlement.clearing.types import ShareTerms, SplitTerms
from app.read.accounts import approvals
from app.workflow.accounts.approvals import decide_alone, decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.request_erasure import erase_or_request
from app.workflow.fulfilment.change_points import change_points
from app.workflow.fulfilment.grant_membership import GrantCommand, grant_membership
from app.workflow.orders import transition_manually
from app.workflow.payments import manage_channels
from app.workflow.payments.refund_order import refund_order
from app.workflow.risk import manage_rule_sets
from app.workflow.settlement import change_payee, manage_split_rules, pay_batch
from app.workflow.settlement.manage_split_rules import RuleCommand, VersionCommand
from app.workflow.wallets.move_money import grant, transfer
from app.workflow.wallets.pay_out import pay_out, withdraw
from tests.attacks.people import joined, key_of, visitor_of
from tests.factories.approvals import approval_of
from tests.factories.partners import Sharer
from tests.factories.people import Login, make_user
from tests.factories.risk import make_rule_set
from tests.factories.shop import Shop
from tests.factories.user_mails import mails_to

ZERO = {kind: {"USD": 0} for kind in ("refund", "payout", "withdrawal", "transfer", "top_up")} | {
    "points": {"PTS": 0},
    "membership": {"DAY": 0},
}
WAIT_S, MONEY = 2 * 3600, Money(300, "USD")
Ask = Callable[[Shop, str], ApprovalNeeded | uuid.UUID | None]


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


@pytest.fixture
def ann(shop: Shop, login: Login) -> str:
    """The only owner of a shop where everything takes two, and which has chosen to decide alone after two hours."""
    shop.keep_wallets()
    shop.fund("buyer-1", 900)
    set_approval_limits(shop.business_id, ZERO, channels_need_approval=True, decides_alone=True, alone_waits_h=2)
    return show("usr", login.user_id)


def _refund(shop: Shop, actor: str) -> None:
    refund_order(shop.business_id, shop.paid_order(), amount_minor=300, reason="x", actor=actor)


def _payout(shop: Shop, actor: str) -> None:
    shop.paid_order()
    pay_out(shop.business_id, money=MONEY, payee=Payee(account="DE1", name="Ann"), actor=actor)


def _withdrawal(shop: Shop, actor: str) -> None:
    withdraw(shop.business_id, buyer="buyer-1", money=MONEY, payee=Payee(account="DE1", name="Bo"), actor=actor)


def _transfer(shop: Shop, actor: str) -> None:
    transfer(shop.business_id, payer="buyer-1", recipient="buyer-2", money=MONEY, actor=actor, reason="x")


def _top_up(shop: Shop, actor: str) -> None:
    grant(shop.business_id, buyer="buyer-2", money=MONEY, actor=actor, reason="x")


def _points(shop: Shop, actor: str) -> None:
    change_points(shop.business_id, buyer="buyer-1", change=50, actor=actor, reason="x")


def _membership(shop: Shop, actor: str) -> None:
    command = GrantCommand(buyer="buyer-1", sku_id=shop.sku_id, days=50)
    grant_membership(shop.business_id, command, actor=actor, reason="x")


def _limits(shop: Shop, actor: str) -> ApprovalNeeded | None:
    return set_approval_limits(shop.business_id, {**ZERO, "payout": {"USD": 900}}, actor=actor)


def _channel(shop: Shop, actor: str) -> None:
    values = {"merchant_id": shop.merchant_id, "api_key": "k"}
    manage_channels.add_channel_account(
        shop.business_id, channel="simulator", name="Second", values=values, actor=actor
    )


def _transition(shop: Shop, actor: str) -> ApprovalNeeded:
    attempt = show("att", shop.pay(shop.place()))
    return transition_manually.request_transition(shop.business_id, attempt, "succeeded", reason="seen", actor=actor)


def _split_rule(shop: Shop, actor: str) -> uuid.UUID:
    sharer = Sharer(shop, actor, actor)
    return _rule_of(sharer, sharer.partner())


def _risk_rules(shop: Shop, actor: str) -> uuid.UUID:
    return manage_rule_sets.request(shop.business_id, make_rule_set(shop), actor=actor)


def _partner_payee(shop: Shop, actor: str) -> uuid.UUID:
    sharer = Sharer(shop, actor, actor)
    return _payee_of(sharer, sharer.partner())


def _rule_of(sharer: Sharer, partner_id: uuid.UUID) -> uuid.UUID:
    rule_id = manage_split_rules.create(
        sharer.shop.business_id,
        RuleCommand(name="All", scope="business", subject_id=None),
        VersionCommand(terms=SplitTerms(shares=(ShareTerms(party=str(partner_id), bps=7000),)), reason="Agreed"),
        actor=sharer.maker,
    )
    return manage_split_rules.request(sharer.shop.business_id, rule_id, actor=sharer.maker)


def _payee_of(sharer: Sharer, partner_id: uuid.UUID) -> uuid.UUID:
    payee = Payee(account="DE89 3704 0044 0532 0130 00", name="Ada")
    return change_payee.request(sharer.shop.business_id, partner_id, payee, actor=sharer.maker)


def _erasure(shop: Shop, actor: str) -> Any:
    joined(shop, actor)  # somebody who could decide, were they not the requester's own guest
    shop.paid_order(buyer="buyer-9")
    return erase_or_request(shop.business_id, by="reference", value="buyer-9", reason="x", actor=actor)


ASK: dict[str, Ask] = {
    "refund": _refund, "payout": _payout, "withdrawal": _withdrawal, "transfer": _transfer, "top_up": _top_up,
    "points": _points, "membership": _membership, "limits": _limits, "channel": _channel,
    "transition": _transition, "erasure": _erasure, "split_rule": _split_rule, "partner_payee": _partner_payee,
    "risk_rules": _risk_rules,
}  # fmt: skip


def test_every_kind_of_approval_is_tried_alone() -> None:
    # test_confirm_alone.py, test_close_business.py
    of_their_own = {"bank_transfer", "payment_order", "settlement", "adjustment", "closure"}
    of_their_own |= {"business_erasure", "settlement_batch"}
    assert ASK.keys() == APPROVED_WITH.keys() - of_their_own


@pytest.mark.parametrize("kind", ASK)
def test_it_is_done_once_when_the_time_is_over(shop: Shop, ann: str, clock: Any, kind: str) -> None:
    row = _asked(shop, ann, kind)

    decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())
    waits_s = 24 * 3600 if kind == "limits" else WAIT_S
    clock.move(waits_s - 60)
    decide_approval.sweep_approvals()
    early = _status(shop, row.id)
    clock.move(120)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: decide_approval.sweep_approvals(), range(4)))

    ended = approvals.get_approval(shop.business_id, row.id)
    assert (row.kind, early, ended.status, ended.problem) == (kind, "approved", "done", "")
    assert (ended.decided_by, ended.decided_alone_by) == (decide_alone.BY_WAITING, ann)
    shop.work_off()
    if row.amount_minor and kind != "transition":
        one = func.count(PaymentTransaction.id)
        assert shop.one(select(one.label("n")).where(PaymentTransaction.id == row.transaction_id)).n == 1


def test_an_only_owner_settles_with_a_partner(clock: Any, shop: Shop, ann: str) -> None:
    sharer = Sharer(shop, ann, ann)
    partner_id = sharer.partner()
    waited = [
        _waited(shop, ann, clock, _rule_of(sharer, partner_id)),
        _waited(shop, ann, clock, _payee_of(sharer, partner_id)),
    ]
    sharer.sold()
    batch_id = sharer.close(partner_id)

    waited.append(_waited(shop, ann, clock, pay_batch.request(shop.business_id, batch_id, actor=ann)))

    assert waited == ["done"] * 3
    assert sharer.batch(batch_id).status in ("paying", "paid")


def test_somebody_who_can_decide_by_then_has_to(shop: Shop, ann: str, clock: Any) -> None:
    row = _asked(shop, ann, "top_up")
    decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())
    ben = show("usr", make_user(shop.business_id, "finance").user_id)

    clock.move(WAIT_S + 60)
    decide_approval.sweep_approvals()
    back = approvals.get_approval(shop.business_id, row.id)
    with pytest.raises(ApprovalNeeded):
        grant(shop.business_id, buyer="buyer-2", money=MONEY, actor=ann, reason="x", transaction_id=row.transaction_id)
    with pytest.raises(Denied):
        decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())

    assert (back.status, back.decided_by, back.decided_alone_by, back.not_before) == ("requested", None, None, None)
    assert decide_approval.approve(shop.business_id, row.id, actor=ben) == "done"


def test_a_business_that_no_longer_chooses_so_decides_by_two(shop: Shop, ann: str, clock: Any) -> None:
    row = _asked(shop, ann, "points")
    decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())
    set_approval_limits(shop.business_id, ZERO, decides_alone=False, actor=ann)

    clock.move(WAIT_S + 60)
    decide_approval.sweep_approvals()

    assert _status(shop, row.id) == "requested"


@pytest.mark.parametrize("who", ["no proof", "old proof", "key", "operator", "not chosen", "finance", "support"])
def test_who_may_not_decide_alone_is_refused(shop: Shop, ann: str, login: Login, who: str) -> None:
    row = _asked(shop, key_of(shop, ann) if who == "key" else ann, "top_up")
    actor = ann
    proven_at: datetime | None = time.now()
    if who == "no proof":
        proven_at = None
    elif who == "old proof":
        proven_at = time.now() - timedelta(minutes=16)
    elif who == "key":
        actor = key_of(shop, ann)
    elif who == "operator":
        actor = visitor_of(shop, login)
    elif who == "not chosen":
        set_approval_limits(shop.business_id, ZERO, decides_alone=False, actor=ann)
    else:
        actor = show("usr", make_user(shop.business_id, who).user_id)

    with pytest.raises(Denied):
        decide_alone.decide_alone(shop.business_id, row.id, actor=actor, proven_at=proven_at)

    assert _status(shop, row.id) == "requested"


def test_what_an_operator_asked_for_is_never_decided_alone(shop: Shop, ann: str, login: Login) -> None:
    row = _asked(shop, visitor_of(shop, login), "top_up")

    with pytest.raises(Denied):
        decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())

    assert _status(shop, row.id) == "requested"


def test_what_is_carried_out_is_not_called_off_and_what_was_called_off_is_not_begun_again(
    shop: Shop, ann: str, clock: Any
) -> None:
    row = _asked(shop, ann, "top_up")
    decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())
    decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())  # pressed twice

    decide_alone.call_off(shop.business_id, row.id, actor=ann)
    with pytest.raises(ApprovalRefused):
        decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())
    clock.move(WAIT_S + 60)
    decide_approval.sweep_approvals()
    decide_approval.sweep_approvals()

    assert _status(shop, row.id) == "failed"


@pytest.mark.usefixtures("mail_on")
def test_the_owner_is_written_to_at_the_start_and_an_hour_before(
    shop: Shop, ann: str, login: Login, clock: Any
) -> None:
    row = _asked(shop, ann, "top_up")
    decide_alone.decide_alone(shop.business_id, row.id, actor=ann, proven_at=time.now())

    clock.move(WAIT_S - 3700)
    decide_approval.sweep_approvals()
    before = _mails(login)
    clock.move(200)
    for _ in range(2):
        decide_approval.sweep_approvals()

    assert (before, _mails(login)) == ([False], [False, True])


def _waited(shop: Shop, actor: str, clock: Any, approval_id: uuid.UUID) -> str:
    """The status of the request once its time is over."""
    decide_alone.decide_alone(shop.business_id, approval_id, actor=actor, proven_at=time.now())
    clock.move(WAIT_S + 60)
    decide_approval.sweep_approvals()
    return _status(shop, approval_id)


def _mails(login: Login) -> list[bool]:
    return [mail.details["is_reminder"] for mail in mails_to(login.email) if mail.kind == "alone"]


def _asked(shop: Shop, actor: str, kind: str) -> Any:
    try:
        found = ASK[kind](shop, actor)
    except ApprovalNeeded as needed:
        found = needed
    if isinstance(found, uuid.UUID):
        return approvals.get_approval(shop.business_id, found)
    assert isinstance(found, ApprovalNeeded)
    return approval_of(shop, found)


def _status(shop: Shop, approval_id: uuid.UUID) -> str:
    return str(approvals.get_approval(shop.business_id, approval_id).status)
