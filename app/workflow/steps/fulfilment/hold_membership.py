"""Membership days given by hand, held back until somebody else approves them where the limits ask for that."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.errors import AppError
from app.core.money import Money
from app.domain.accounts.business import rules
from app.domain.fulfilment.models import MembershipChange
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.request_approval import MovementCommand

changes = db.table(MembershipChange)


def known_change(change_id: uuid.UUID) -> uuid.UUID | None:
    """In the open phase: the membership that this change was made of already."""
    found: uuid.UUID | None = db.scalar(
        select(changes.c.membership_id).where(changes.c.business_id == db.here(), changes.c.id == change_id)
    )
    return found


def hold_membership(
    receiver: str, days: int, change_id: uuid.UUID, payload: Mapping[str, Any], *, reason: str, actor: str
) -> AppError | None:
    """In the open phase: what to raise once it is committed instead of giving the days; None when they may be given.
    `payload` is what the approval is carried out with, beside the number of days."""
    wanted = MovementCommand("membership", Money(days, rules.DAYS), receiver, actor)
    return request_approval.hold_back(wanted, change_id, payload={**payload, "change": days}, reason=reason)
