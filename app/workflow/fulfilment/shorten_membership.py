"""Membership time that people or keys take away: some of its end, or all that is left."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.fulfilment import members
from app.domain.fulfilment.members import Member, NewChange
from app.domain.fulfilment.membership import shortened
from app.domain.fulfilment.models import BuyerMembership
from app.workflow.steps.fulfilment.hold_membership import known_change


def shorten_membership(
    business_id: uuid.UUID,
    membership_id: uuid.UUID,
    ends_at: datetime,
    *,
    reason: str,
    actor: str,
    change_id: uuid.UUID | None = None,
) -> None:
    """Let the membership end at `ends_at`, earlier than it would. A second call with the same `change_id` changes
    nothing.

    Raises:
        NotFound: no such membership. Invalid: `ends_at` has passed, or is not earlier. Conflict: it has ended.
    """
    _shorten(business_id, membership_id, ends_at, reason=reason, actor=actor, change_id=change_id)


def revoke_membership(
    business_id: uuid.UUID, membership_id: uuid.UUID, *, reason: str, actor: str, change_id: uuid.UUID | None = None
) -> None:
    """End the membership now. What was paid stays paid: refund the order for that. Raises as `shorten_membership`."""
    _shorten(business_id, membership_id, None, reason=reason, actor=actor, change_id=change_id)


def _shorten(
    business_id: uuid.UUID,
    membership_id: uuid.UUID,
    ends_at: datetime | None,
    *,
    reason: str,
    actor: str,
    change_id: uuid.UUID | None,
) -> None:
    change_id = change_id or new_id()
    with db.phase("shorten_membership.shorten", business_id):
        if known_change(change_id) is not None:
            return
        row = db.get(BuyerMembership, membership_id)
        pair = (row.buyer_reference, row.product_id)
        member = members.locked([pair])[pair]
        kind = "shortened" if ends_at is not None else "revoked"
        seconds = cut(member, member.latest(clock.now()), ends_at)
        change = NewChange(id=change_id, kind=kind, seconds=-seconds, reason=reason, actor=actor)
        members.note(membership_id, change)


def cut(member: Member, now: datetime, ends_at: datetime | None) -> int:
    """In the open phase, with the member locked: let it end at `ends_at` (None: `now`); by how many seconds it became
    shorter, rounded, at least one.

    Raises:
        Conflict: it has ended. Invalid: `ends_at` has passed, or is not earlier than its end.
    """
    known = member.known
    if known is None or known.ends_at <= now:
        raise Conflict("membership_ended", "This membership has ended. Grant time instead.")
    until = ends_at or now
    if not now <= until < known.ends_at:
        message = "Enter a time between now and the end of the membership."
        raise Invalid("invalid_membership", message, details={"param": "ends_at"})
    members.rewrite(member, now, shortened=shortened(member.purchases, now, until))
    return max(1, round((known.ends_at - until).total_seconds()))
