"""Somebody else approves or rejects what a person or a key asked for; what is approved is done at once, and whoever is
stopped in between is followed by the sweep."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict

from sqlalchemy import and_, or_, select

from app.core import clock, db, ids, states
from app.core.errors import AppError, Denied, Unavailable
from app.core.money import Money
from app.domain.accounts.business import rules
from app.domain.accounts.business.errors import ApprovalRefused, OwnRequest, check_changes
from app.domain.accounts.business.models import Approval, Business
from app.domain.accounts.business.standing import READ_ONLY_NOW, STANDING
from app.domain.accounts.business.states import APPROVAL, ApprovalStatus
from app.domain.accounts.business.types import APPROVED_WITH, ENDING, ENDS_WITH_BUSINESS
from app.domain.payments.types import Payee, RefundLineCommand
from app.lib.some import some
from app.workflow.accounts.approvals import confirm_alone, decide_alone
from app.workflow.accounts.approvals.set_approval_limits import raise_limits
from app.workflow.accounts.lifecycle.close_business import carry_out_closure
from app.workflow.accounts.lifecycle.erase_business import carry_out_business_erasure
from app.workflow.accounts.request_erasure import carry_out_erasure
from app.workflow.fulfilment import grant_membership, move_membership
from app.workflow.fulfilment.change_points import change_points
from app.workflow.orders.transition_manually import transition
from app.workflow.payments.apply_channel_change import apply_channel_change
from app.workflow.payments.refund_order import refund_order
from app.workflow.risk import manage_rule_sets
from app.workflow.settlement import change_payee, pay_batch
from app.workflow.settlement.manage_split_rules import put_in_force
from app.workflow.steps.accounts.access_of import access_of
from app.workflow.steps.accounts.check_key_limit import check_key_limit
from app.workflow.steps.accounts.principals_of import OPERATOR, Principals, principals_of
from app.workflow.steps.accounts.waiting_time import WAITS, waits_of
from app.workflow.steps.operations import due
from app.workflow.wallets.move_money import grant, transfer
from app.workflow.wallets.pay_out import pay_out, withdraw

BATCH = 100
# An approval that was not carried out by then was left by a process that died.
ABANDONED_AFTER = timedelta(seconds=60)
approvals = db.table(Approval)


def approve(business_id: uuid.UUID, approval_id: uuid.UUID, *, actor: str, reason: str = "") -> str:
    """Approve the request and carry it out; its status then: `done`, `failed` (see its `problem`), or `approved` while
    it is tried again.

    Raises:
        NotFound: there is none. OwnRequest: somebody behind `actor` is also behind who asked (see principals_of.py).
        Denied: an operator, a key over its limit, or a role without the permission that the action needs, or not for
        so much alone.
        ApprovalRefused: it was decided, or is too late.
    """
    _decide(business_id, approval_id, ApprovalStatus.APPROVED, actor=actor, reason=reason)
    return carry_out(business_id, approval_id)


def reject(business_id: uuid.UUID, approval_id: uuid.UUID, *, actor: str, reason: str) -> None:
    """Reject the request; nothing is carried out. Raises as `approve` does."""
    _decide(business_id, approval_id, ApprovalStatus.REJECTED, actor=actor, reason=reason)


def carry_out(business_id: uuid.UUID, approval_id: uuid.UUID) -> str:
    """Carry out an approved request, under the id it was made with, so that it is done once; its status then."""
    with db.reading(business_id):
        row = db.get(Approval, approval_id)
    if row.status != ApprovalStatus.APPROVED or (row.not_before is not None and row.not_before > clock.actual()):
        return str(row.status)
    if row.decided_alone_by is not None and not decide_alone.is_still_alone(business_id, approval_id):
        with db.reading(business_id):
            return str(db.get(Approval, approval_id).status)
    try:
        _check_open(business_id, row)
        _DO[row.kind](business_id, row)
        ended, problem = ApprovalStatus.DONE, ""
    except (Unavailable, db.VersionConflict):
        return ApprovalStatus.APPROVED  # the sweep comes back to it
    except AppError as error:
        ended, problem = ApprovalStatus.FAILED, error.message
    with db.phase("decide_approval.finish", business_id):
        row = db.lock(Approval, approval_id)
        if row.status == ApprovalStatus.APPROVED:
            states.advance(
                APPROVAL, row, ended, reason=problem or "approved", actor="system", problem=problem, secrets={}
            )
    return ended


def sweep_approvals() -> int:
    """Expire requests that were not decided in time, carry out approved ones that a process left or that have waited,
    and remind of those that wait; how many. Safe to run concurrently."""
    return due.process(_due, _sweep) + decide_alone.remind_due()


def _check_open(business_id: uuid.UUID, row: Approval) -> None:
    """What was approved before the business closed is carried out all the same, but for changes of its rules."""
    if APPROVED_WITH[row.kind] in ENDS_WITH_BUSINESS and row.kind not in ENDING:
        with db.reading(business_id):
            standing = db.scalar(select(STANDING).where(Business.id == db.here()))
        check_changes(standing, APPROVED_WITH[row.kind])


def _sweep(business_id: uuid.UUID, approval_id: uuid.UUID) -> bool:
    with db.phase("decide_approval.expire", business_id):
        row = db.lock(Approval, approval_id)
        if row.status == ApprovalStatus.REQUESTED and row.expires_at <= clock.actual():
            states.advance(
                APPROVAL, row, ApprovalStatus.EXPIRED, reason="expired without a decision", actor="system", secrets={}
            )
            return True
    return row.status == ApprovalStatus.APPROVED and carry_out(business_id, approval_id) != ApprovalStatus.APPROVED


class _Decision(TypedDict):
    decided_by: str
    decided_at: datetime
    decision: str
    decider_principals: list[uuid.UUID]
    key_limit_minor: int | None
    not_before: NotRequired[datetime]
    secrets: NotRequired[dict[str, Any]]


def _decide(business_id: uuid.UUID, approval_id: uuid.UUID, to: str, *, actor: str, reason: str) -> None:
    moment = clock.actual()
    with db.phase("decide_approval.decide", business_id):
        row = db.lock(Approval, approval_id)
        if actor.startswith(OPERATOR):
            raise Denied("denied", "Operators cannot approve. A member of the business must decide.")
        principals = _check_others(row, actor)
        key_limit = check_key_limit(row, actor, to)
        _check_access(row, actor, to)
        if row.status == to and row.decided_by == actor:
            return
        if row.status != ApprovalStatus.REQUESTED or row.expires_at <= moment:
            status = ApprovalStatus.EXPIRED if row.status == ApprovalStatus.REQUESTED else row.status
            raise ApprovalRefused("approval_refused", f"This request is already {status}; nothing was changed.")
        columns: _Decision = {
            "decided_by": actor,
            "decided_at": moment,
            "decision": reason,
            "decider_principals": sorted(principals),
            "key_limit_minor": key_limit,
        }
        if row.kind in WAITS:
            columns["not_before"] = moment + waits_of(row.kind)
        if to == ApprovalStatus.REJECTED:
            columns["secrets"] = {}
        states.advance(APPROVAL, row, to, reason=reason or to, actor=actor, **columns)


def _check_access(row: Approval, actor: str, to: str) -> None:
    """Nobody decides on what they may not do themselves, nor approves what they could not do alone: else two with low
    limits would have none together."""
    access = access_of(actor)
    if APPROVED_WITH[row.kind] not in access.permissions:
        raise Denied("denied", "Your role does not include what this request is about. Another member must decide.")
    if to != ApprovalStatus.APPROVED or row.kind not in rules.KINDS or row.amount_minor is None:
        return
    most = access.most(row.kind, some(row.currency))
    if most is not None and row.amount_minor > most:
        raise Denied(
            "over_own_limit", "This exceeds your approval limit. A member with a higher limit must approve it."
        )


def _check_others(row: Approval, actor: str) -> Principals:
    """The people behind `actor`, none of whom is behind the request."""
    decider, requester = principals_of(actor), frozenset(row.requester_principals)
    if row.requested_by.startswith("key:"):  # it was rolled or changed since, perhaps
        requester |= principals_of(row.requested_by)
    if actor == row.requested_by:
        raise OwnRequest("own_request", "You requested this, so another person must decide.")
    if not requester:
        raise OwnRequest("own_request", "The requester is unknown. Let the request expire and create a new one.")
    if not decider or decider & requester:
        raise OwnRequest("own_request", _why(row, decider, requester, actor))
    return decider


def _why(row: Approval, decider: Principals, requester: Principals, actor: str) -> str:
    if ids.try_parse(actor, "usr") in requester and row.requested_by.startswith("key:"):
        return "A key that you created, rolled or edited requested this, so another person must decide."
    if len(decider) > 1:
        return "The requester sponsored your membership. Another owner must confirm you first."
    return "You sponsored the requester’s membership, so another person must decide."


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    moment = clock.actual()
    too_late = and_(approvals.c.status == ApprovalStatus.REQUESTED, approvals.c.expires_at <= moment)
    left = and_(approvals.c.status == ApprovalStatus.APPROVED, approvals.c.decided_at <= moment - ABANDONED_AFTER)
    # What a read-only business has approved waits until that is lifted.
    left = and_(left, approvals.c.business_id.not_in(READ_ONLY_NOW))
    left = and_(left, or_(approvals.c.not_before.is_(None), approvals.c.not_before <= moment))
    with db.system_reading():
        rows = db.rows(select(approvals.c.business_id, approvals.c.id).where(or_(too_late, left)).limit(BATCH))
        return [(row.business_id, row.id) for row in rows]


def _refund(business_id: uuid.UUID, row: Approval) -> None:
    payload = row.payload
    lines = [_line(line) for line in payload["lines"]]
    refund_order(
        business_id,
        some(row.subject_id),
        amount_minor=None if lines else row.amount_minor,
        lines=lines,
        reason=row.reason,
        actor=row.requested_by,
        transaction_id=row.transaction_id,
    )


def _line(line: dict[str, Any]) -> RefundLineCommand:
    line_id = uuid.UUID(line["line_id"])
    return RefundLineCommand(line_id=line_id, quantity=line["quantity"], amount_minor=line["amount_minor"])


def _money(row: Approval) -> Money:
    return Money(some(row.amount_minor), some(row.currency))


class _Paying(TypedDict):
    money: Money
    payee: Payee
    channel: str | None
    actor: str
    reason: str
    transaction_id: uuid.UUID | None


def _pay_out_or_withdraw(business_id: uuid.UUID, row: Approval) -> None:
    payload = row.payload
    about: _Paying = {
        "money": _money(row),
        "payee": Payee(account=payload["account"], name=payload["name"]),
        "channel": payload["channel"],
        "actor": row.requested_by,
        "reason": row.reason,
        "transaction_id": row.transaction_id,
    }
    if row.kind == "withdrawal":
        withdraw(business_id, buyer=payload["buyer"], **about)
    else:
        pay_out(business_id, **about)


def _transfer(business_id: uuid.UUID, row: Approval) -> None:
    payload = row.payload
    transfer(
        business_id,
        payer=payload["buyer"],
        recipient=payload["counter"],
        money=_money(row),
        actor=row.requested_by,
        reason=row.reason,
        transaction_id=row.transaction_id,
    )


def _gift(business_id: uuid.UUID, row: Approval) -> None:
    grant(
        business_id,
        buyer=row.payload["counter"],
        money=_money(row),
        actor=row.requested_by,
        reason=row.reason,
        transaction_id=row.transaction_id,
    )


def _points(business_id: uuid.UUID, row: Approval) -> None:
    change_points(
        business_id,
        buyer=row.payload["points_of"],
        change=row.payload["change"],
        actor=row.requested_by,
        reason=row.reason,
        entry_id=row.transaction_id,
    )


def _membership(business_id: uuid.UUID, row: Approval) -> None:
    do = move_membership.move_approved if "from_id" in row.payload else grant_membership.grant_approved
    do(business_id, row.payload, reason=row.reason, actor=row.requested_by, change_id=row.transaction_id)


_DO: dict[str, Callable[[uuid.UUID, Approval], None]] = {
    "refund": _refund,
    "payout": _pay_out_or_withdraw,
    "withdrawal": _pay_out_or_withdraw,
    "transfer": _transfer,
    "top_up": _gift,
    "points": _points,
    "membership": _membership,
    "limits": raise_limits,
    "channel": apply_channel_change,
    "transition": transition,
    "erasure": carry_out_erasure,
    "bank_transfer": confirm_alone.confirm_transfer,
    "payment_order": confirm_alone.approve_order,
    "settlement": confirm_alone.confirm_settlement,
    "adjustment": confirm_alone.approve_adjustment,
    "closure": carry_out_closure,
    "business_erasure": carry_out_business_erasure,
    "split_rule": put_in_force,
    "partner_payee": change_payee.apply,
    "settlement_batch": pay_batch.pay_approved,
    "risk_rules": manage_rule_sets.turn_on,
}
