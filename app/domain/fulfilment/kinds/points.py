"""Points: as many as the SKU says, per unit."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.core.ids import show
from app.domain.fulfilment import grants, points, rules
from app.domain.fulfilment.types import Deliverable, RevocationLoss


class PointsKind:
    """Points on the buyer's account; taken back as far as they are still there."""

    def deliver(self, deliverable: Deliverable, _moment: datetime) -> str | None:
        """Add the points; what the buyer owes is deducted from them."""
        if grants.of(deliverable.delivery_id) is not None:
            return None
        each = int(deliverable.options.get("points", 0))
        if each <= 0:
            return "The SKU has no number of points."
        amount = each * deliverable.quantity
        grants.give(deliverable, amount=amount, currency=None)
        about: points.Why = {"reason": "bought", "actor": "system"}
        points.earn(
            deliverable.buyer_reference, amount, delivery_id=deliverable.delivery_id, kind="earned", about=about
        )
        return None

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:
        """Claw back the points that are left."""
        grant = grants.of(delivery_id)
        if grant is None or grant.revoked_at is not None:
            return None
        account = points.locked(grant.buyer_reference)
        back = rules.claw_back(grant.granted, account.balance, grant.when_spent)
        about: points.Why = {"reason": reason, "actor": "system"}
        points.spend(account, back.clawed_back, kind="clawed_back", delivery_id=delivery_id, owed=back.owed, **about)
        grants.claw_back(grant, back)
        if not back.written_off:
            return None
        return RevocationLoss("points_spent", {"delivery_id": show("dlv", delivery_id), "points": back.written_off})
