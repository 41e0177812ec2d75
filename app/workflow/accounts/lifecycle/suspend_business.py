"""The operator takes something from a business, with a reason, and gives it back; its owners are told by mail."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select, update

from app.core import clock, db
from app.core.errors import Invalid, NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.types import SUSPENSIONS
from app.workflow.steps.accounts.tell_owners import tell_owners

MAX_REASON = 500
businesses = db.table(Business)


def suspend(business_id: uuid.UUID, *, level: str, reason: str) -> None:
    """Take new payments (`no_new_payments`), or every change (`read_only`), from the business. What has begun goes on:
    results of payments, deliveries, webhooks. The same level and reason again change nothing.

    Raises:
        NotFound: no such business. Invalid: no such level, or no reason.
    """
    why = " ".join(reason.split())[:MAX_REASON]
    if level not in SUSPENSIONS or not why:
        raise Invalid("invalid_suspension", f"Enter a reason, and a level: {' or '.join(SUSPENSIONS)}.")
    with db.system_phase("suspend_business.suspend"):
        row = _locked(business_id)
        if (row.suspended, row.suspended_reason) == (level, why):
            return
        _set(row, suspended=level, suspended_reason=why, suspended_at=row.suspended_at or clock.actual())
        tell_owners(row, level, why)


def lift(business_id: uuid.UUID) -> None:
    """Give back what was taken. A second call changes nothing.

    Raises:
        NotFound: no such business.
    """
    with db.system_phase("suspend_business.lift"):
        row = _locked(business_id)
        if row.suspended is not None:
            _set(row, suspended=None, suspended_reason=None, suspended_at=None)
            tell_owners(row, "", "")


def _locked(business_id: uuid.UUID) -> Business:
    row = db.first(select(businesses).where(businesses.c.id == business_id).with_for_update())
    if row is None:
        raise NotFound("not_found", "There is no such business.")
    return row


def _set(row: Business, **values: Any) -> None:
    db.write(update(Business).where(Business.id == row.id).values(**values), expect=1)
