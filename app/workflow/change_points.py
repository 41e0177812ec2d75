"""A buyer's points, changed by the merchant: given as a gift, or spent on something."""

from __future__ import annotations

import uuid
from typing import Any

from app.core import db
from app.core.errors import Invalid
from app.core.ids import new_id
from app.domain.fulfilment import points
from app.domain.fulfilment.rules import MAX_POINTS


def change_points(
    business_id: uuid.UUID,
    *,
    buyer: str,
    change: int,
    reason: str,
    actor: str,
    entry_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Give (above zero) or take (below) points; the entry's id. The same `entry_id` again changes nothing.

    Raises:
        Invalid: nothing would change, or too much. InsufficientPoints: the buyer has fewer.
    """
    if not 0 < abs(change) <= MAX_POINTS:
        raise Invalid("invalid_points", f"Change 1 to {MAX_POINTS:,} points.", details={"param": "change"})
    entry_id = entry_id or new_id()
    about: dict[str, Any] = {"reason": reason, "actor": actor, "entry_id": entry_id}
    with db.phase("change_points.change", business_id):
        account = points.locked(buyer)
        if points.entry(entry_id) is not None:
            return entry_id
        if change > 0:
            points.earn(buyer, change, delivery_id=None, kind="granted", about=about)
        else:
            points.spend(account, -change, kind="spent", **about)
    return entry_id
