"""One person is not enough for much money, nor for what steers it: it waits for somebody else, and nothing is done
until then."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import clock, db, ids, states
from app.core.errors import AppError
from app.core.ids import new_id, show
from app.core.money import Money, format_money
from app.domain.accounts.business import rules
from app.domain.accounts.business.errors import ApprovalNeeded, ApprovalRefused
from app.domain.accounts.business.models import Approval, Business
from app.domain.accounts.business.states import APPROVAL, ApprovalStatus
from app.domain.accounts.business.types import ApprovalLimits
from app.lib.some import some
from app.workflow.steps.accounts import hold_visit, recent_movements
from app.workflow.steps.accounts.access_of import access_of
from app.workflow.steps.accounts.principals_of import Principals, accountable_principals, principals_of

approvals = db.table(Approval)
# What else is written in the phase that requests an approval: whoever runs another use case's request writes down there
# that it waits, so that the two are there together or not at all.
beside_request: ContextVar[Callable[[], None] | None] = ContextVar("beside_request", default=None)


@dataclass(frozen=True)
class MovementCommand:
    """A movement of money that somebody wants. `receiver` is who gets it: the buyer of a refund, the account of a
    payout or withdrawal, the wallet of a transfer or gift, whose points or membership. `elsewhere_minor` is what went
    in other businesses (operator_movements). Points are money of `rules.POINTS`, days of `rules.DAYS`: then the
    approval's payload has their number, as its `change`."""

    kind: str
    money: Money
    receiver: str
    actor: str
    elsewhere_minor: int = 0


def hold_back(
    command: MovementCommand,
    transaction_id: uuid.UUID,
    *,
    reason: str,
    payload: dict[str, Any],
    subject_id: uuid.UUID | None = None,
    is_required: bool = False,
) -> AppError | None:
    """What to raise once the open phase is committed, instead of moving the money; None when it may be moved: nobody
    else is needed, or they have approved. Asks when nobody has yet; the same `transaction_id` asks once. The limits
    hold for it together with what went the same way within a day (recent_movements.py). Under the id of one request no
    other one passes, whatever was approved. With `is_required` it needs somebody else however little it is."""
    if not rules.is_person_or_key(command.actor):
        return None
    money = command.money
    known = db.first(
        select(approvals).where(approvals.c.business_id == db.here(), approvals.c.transaction_id == transaction_id)
    )
    if known is not None:
        if not _is_same(known, command.kind, money, subject_id, payload):
            return _another(known.id)
        return (
            None
            if known.status in (ApprovalStatus.APPROVED, ApprovalStatus.DONE)
            else _refusal(known.id, known.status, money)
        )
    hold_visit.hold_visit(command.actor)
    principals = accountable_principals(command.actor) if is_required else _excluded_deciders(command)
    if principals is None:
        return None
    approval_id = request(
        command.kind,
        new_id(),
        actor=command.actor,
        reason=reason,
        payload=payload,
        subject_id=subject_id,
        transaction_id=transaction_id,
        money=None if rules.is_unit(money.currency) else money,
        principals=principals,
    )
    return _refusal(approval_id, ApprovalStatus.REQUESTED, money)


def needs_another(command: MovementCommand) -> bool:
    """In the open phase: whether the movement would be held back until somebody else approves it; nobody is asked."""
    return rules.is_person_or_key(command.actor) and _excluded_deciders(command) is not None


def _excluded_deciders(command: MovementCommand) -> Principals | None:
    """None when whoever wants it may move it alone. Over the limit of the business everybody behind them; where only
    their own role has such a limit, themselves: others could move it without being asked."""
    kind, currency, minor = command.kind, command.money.currency, command.money.minor
    limits = db.scalar(select(Business.approval_limits).where(Business.id == db.here()))
    own = access_of(command.actor).most(kind, currency)
    if own is None and rules.most_a_day(limits, kind, currency) is None:
        return None
    principals = principals_of(command.actor)
    sums = recent_movements.recent_totals(
        kind, currency, receiver=command.receiver, principals=principals, actor=command.actor
    )
    to_receiver, in_all = minor + sums.to_receiver, minor + sums.by_principals + command.elsewhere_minor
    if _passes(limits, kind, currency, to_receiver, in_all):
        return accountable_principals(command.actor)
    own_limits = {kind: {currency: own}} if own is not None else {}
    user_id = ids.try_parse(command.actor, "usr")
    assert user_id is not None or own is None  # keys and visits have no limit of their own
    return frozenset({user_id}) if user_id and _passes(own_limits, kind, currency, to_receiver, in_all) else None


def _passes(limits: ApprovalLimits, kind: str, currency: str, to_receiver: int, in_all: int) -> bool:
    alone, a_day = rules.most_alone(limits, kind, currency), rules.most_a_day(limits, kind, currency)
    return (alone is not None and to_receiver > alone) or (a_day is not None and in_all > a_day)


def request(
    kind: str,
    approval_id: uuid.UUID,
    *,
    actor: str,
    reason: str,
    payload: dict[str, Any],
    secrets: dict[str, str] | None = None,
    money: Money | None = None,
    subject_id: uuid.UUID | None = None,
    transaction_id: uuid.UUID | None = None,
    principals: Principals | None = None,
) -> uuid.UUID:
    """In the open phase: ask somebody else to approve it, none of `principals` (everybody behind `actor`); its id.

    Raises:
        Denied: by a key that nobody stands for.
    """
    db.add(
        Approval,
        id=approval_id,
        kind=kind,
        amount_minor=money.minor if money else None,
        currency=money.currency if money else None,
        subject_id=subject_id,
        transaction_id=transaction_id or approval_id,
        payload=payload,
        secrets=secrets or {},
        reason=reason,
        requested_by=actor,
        requester_principals=sorted(accountable_principals(actor) if principals is None else principals),
        expires_at=clock.actual() + rules.APPROVAL_LASTS,
    )
    states.born(APPROVAL, approval_id, reason=reason, actor=actor)
    if (write := beside_request.get()) is not None:
        write()
    return approval_id


def is_requested(row_id: uuid.UUID) -> bool:
    """In the open phase: whether a move of this row waits already, for a decision or to be done."""
    waits = (
        approvals.c.business_id == db.here(),
        approvals.c.status.in_((ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED)),
    )
    moves = approvals.c.kind == "transition", approvals.c.payload["row_id"].astext == str(row_id)
    return db.scalar(select(approvals.c.id).where(*waits, *moves).limit(1)) is not None


def standing(approval_id: uuid.UUID) -> str | None:
    """In the open phase: the status of a request; None when there is none."""
    status: str | None = db.scalar(
        select(approvals.c.status).where(approvals.c.business_id == db.here(), approvals.c.id == approval_id)
    )
    return status


def waits(approval_id: uuid.UUID | None) -> bool:
    """In the open phase: whether a request waits for a decision, or to be carried out."""
    return approval_id is not None and standing(approval_id) in (ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED)


def approval_required(approval_id: uuid.UUID, what: str) -> ApprovalNeeded:
    """What to raise once the phase is committed that asked."""
    shown = show("apr", approval_id)
    text = f"{what} needs another person’s approval. Approval requested ({shown})."
    return ApprovalNeeded("approval_needed", text, details={"approval_id": shown})


def _is_same(known: Approval, kind: str, money: Money, subject_id: uuid.UUID | None, payload: dict[str, Any]) -> bool:
    """Whether this is what was asked for. Less of it may be left meanwhile: that is still what was approved."""
    if money.currency == rules.POINTS:
        return (known.kind, known.payload) == (kind, payload)
    if money.currency == rules.DAYS:
        as_asked = {**payload, "change": known.payload.get("change")}
        return (known.kind, known.payload) == (kind, as_asked) and money.minor <= int(known.payload["change"])
    as_requested = (known.kind, known.currency, known.subject_id, known.payload)
    return as_requested == (kind, money.currency, subject_id, payload) and money.minor <= some(known.amount_minor)


def _another(approval_id: uuid.UUID) -> ApprovalRefused:
    shown = show("apr", approval_id)
    text = f"This ID was used for another request, {shown}. Send a new request."
    return ApprovalRefused("approval_refused", text, details={"approval_id": shown})


def _refusal(approval_id: uuid.UUID, status: str, money: Money) -> AppError:
    shown = show("apr", approval_id)
    if status == ApprovalStatus.REQUESTED:
        minor, currency = money.minor, money.currency
        return approval_required(
            approval_id,
            rules.amount_text(minor, currency) if rules.is_unit(currency) else format_money(minor, currency),
        )
    text = f"This was requested in {shown}, which is {status}. Send a new request."
    return ApprovalRefused("approval_refused", text, details={"approval_id": shown})
