"""One person is not enough for much money, nor for what steers it: it waits for somebody else, and nothing is done
until then."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock, db, states
from app.core.errors import AppError
from app.core.ids import new_id, show
from app.core.money import Money, format_money
from app.domain.business import rules
from app.domain.business.errors import ApprovalNeeded, ApprovalRefused
from app.domain.business.models import Approval, Business
from app.domain.business.states import APPROVAL
from app.workflow.powers_of import powers_of

LIFETIME = timedelta(days=3)
approvals = Approval.__table__


def hold_back(
    kind: str,
    money: Money,
    transaction_id: uuid.UUID,
    *,
    actor: str,
    reason: str,
    payload: dict[str, Any],
    subject_id: uuid.UUID | None = None,
    earlier_minor: int = 0,
) -> AppError | None:
    """What to raise once the open phase is committed, instead of moving the money; None when it may be moved: nobody
    else is needed, or they have approved. Asks when nobody has yet; the same `transaction_id` asks once. The limits
    hold for it together with `earlier_minor`, which went the same way a little earlier."""
    if not rules.is_somebody(actor):
        return None
    known = db.first(
        select(approvals.c.id, approvals.c.status).where(
            approvals.c.business_id == db.here(), approvals.c.transaction_id == transaction_id
        )
    )
    if known is not None:
        return None if known.status in ("approved", "done") else _said(known.id, known.status, money)
    limits = db.scalar(select(Business.approval_limits).where(Business.id == db.here()))
    counted = Money(money.minor + earlier_minor, money.currency)
    if not rules.needs_approval(limits, kind, counted) and not over_own_limit(actor, kind, counted):
        return None
    about: dict[str, Any] = {"subject_id": subject_id, "transaction_id": transaction_id, "payload": payload}
    approval_id = ask(kind, new_id(), money=money, reason=reason, actor=actor, **about)
    return _said(approval_id, "asked", money)


def ask(
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
) -> uuid.UUID:
    """In the open phase: ask somebody else to approve it; the approval's id."""
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
        asked_by=actor,
        expires_at=clock.now() + LIFETIME,
    )
    states.born(APPROVAL, approval_id, reason=reason, actor=actor)
    return approval_id


def is_asked(row_id: uuid.UUID) -> bool:
    """In the open phase: whether a move of this row waits already, for a decision or to be done."""
    waits = approvals.c.business_id == db.here(), approvals.c.status.in_(("asked", "approved"))
    moves = approvals.c.kind == "move", approvals.c.payload["row_id"].astext == str(row_id)
    return db.scalar(select(approvals.c.id).where(*waits, *moves).limit(1)) is not None


def asked_for(approval_id: uuid.UUID, what: str) -> ApprovalNeeded:
    """What to raise once the phase is committed that asked."""
    shown = show("apr", approval_id)
    text = f"{what} needs somebody else's approval; they were asked ({shown})."
    return ApprovalNeeded("approval_needed", text, details={"approval_id": shown})


def over_own_limit(actor: str, kind: str, money: Money) -> bool:
    """In the open phase: whether this is more than the role of `actor` lets them move alone."""
    most = powers_of(actor).most(kind, money.currency)
    return most is not None and money.minor > most


def _said(approval_id: uuid.UUID, status: str, money: Money) -> AppError:
    shown = show("apr", approval_id)
    if status == "asked":
        return asked_for(approval_id, format_money(money.minor, money.currency))
    text = f"This was asked for in {shown}, which is {status}. Ask anew with a new request."
    return ApprovalRefused("approval_refused", text, details={"approval_id": shown})
