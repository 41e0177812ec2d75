"""A buyer's points, changed by the merchant: given as a gift, or spent on something."""

from __future__ import annotations

import uuid

from app.core import db
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.domain.accounts.business import rules
from app.domain.buyers.queries import current_reference
from app.domain.fulfilment import points
from app.domain.fulfilment.rules import MAX_POINTS
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.request_approval import MovementCommand


def change_points(
    business_id: uuid.UUID,
    *,
    buyer: str,
    change: int,
    reason: str,
    actor: str,
    entry_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Add (above zero) or deduct (below) points by hand; the entry's id. A second call with the same `entry_id` changes
    nothing.

    Raises:
        Invalid: nothing would change, or too much. InsufficientPoints: the buyer has fewer.
        ApprovalNeeded: so many need somebody else, who was asked. ApprovalRefused: they said no.
    """
    if not 0 < abs(change) <= MAX_POINTS:
        raise Invalid("invalid_points", f"The change must be 1 to {MAX_POINTS:,} points.", details={"param": "change"})
    entry_id, held_back = entry_id or new_id(), None
    about: points.Why = {"reason": reason, "actor": actor, "entry_id": entry_id}
    with db.phase("change_points.change", business_id):
        if change > 0 and points.entry(entry_id) is None:
            wanted = MovementCommand("points", Money(change, rules.POINTS), buyer, actor)
            command = {"points_of": buyer, "change": change}
            held_back = request_approval.hold_back(wanted, entry_id, payload=command, reason=reason)
        buyer = current_reference(buyer)
        account = points.locked(buyer) if held_back is None else None
        if account is None or points.entry(entry_id) is not None:
            pass
        elif change > 0:
            points.earn(buyer, change, delivery_id=None, kind="granted", about=about)
        else:
            points.spend(account, -change, kind="spent", **about)
    if held_back is not None:
        raise held_back
    return entry_id
