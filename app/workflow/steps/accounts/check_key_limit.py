"""A key approves what others request, up to limits of its own: movements of money, points and membership days
alone, and in a day no more than its limit of their kind and currency."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock, db, ids
from app.core.errors import Denied
from app.domain.accounts.business import rules
from app.domain.accounts.business.models import ApiKey, Approval
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.accounts.business.types import UNITS
from app.lib.some import some

DAY = timedelta(days=1)
approvals, keys = db.table(Approval), db.table(ApiKey)


def check_key_limit(row: Approval, actor: str, to: str) -> int | None:
    """In the open phase, when `actor` decides: the limit of a key that approves, in minor units; None for people and
    for a rejection. The key is locked, so that two decisions at once count each other.

    Raises:
        Denied: the key has no limit for this, or has approved too much within a day.
    """
    if not actor.startswith("key:"):
        return None
    found = select(keys).where(keys.c.business_id == db.here(), keys.c.id == ids.try_parse(actor[len("key:") :], "key"))
    key = some(db.first(found.with_for_update()))
    currency = row.currency or UNITS.get(row.kind, "")
    limit = rules.of_key(key.approval_limits, row.kind, currency) if row.kind in rules.KINDS else 0
    if not limit:
        raise Denied("over_key_limit", "This key has no approval limit for such requests. A person must decide.")
    if to != ApprovalStatus.APPROVED:
        return None
    if minor_of(row) + _approved_minor(row, actor) > limit:
        raise Denied("over_key_limit", "This exceeds what the key may approve in a day. A person must decide.")
    return limit


def minor_of(row: Approval) -> int:
    """What a request comes to: minor units, points or days."""
    return abs(int(row.payload["change"])) if row.kind in UNITS else some(row.amount_minor)


def _approved_minor(row: Approval, actor: str) -> int:
    amount = func.abs(approvals.c.payload["change"].as_integer()) if row.kind in UNITS else approvals.c.amount_minor
    ended = approvals.c.status.in_((ApprovalStatus.APPROVED, ApprovalStatus.DONE))
    query = select(func.coalesce(func.sum(amount), 0)).where(
        *(approvals.c.business_id == db.here(), approvals.c.decided_by == actor, approvals.c.kind == row.kind, ended),
        approvals.c.decided_at > clock.actual() - DAY,
    )
    if row.currency is not None:
        query = query.where(approvals.c.currency == row.currency)
    return int(db.scalar(query))
