"""Licence keys from a pool: each is sold once, and none that a buyer has seen returns to the pool."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.core import db, states
from app.domain.fulfilment.models import LicenceKey
from app.domain.fulfilment.states import LICENCE_KEY, LicenceKeyStatus
from app.domain.fulfilment.types import Deliverable, RevocationLoss

keys = db.table(LicenceKey)


def key_context(key_id: uuid.UUID) -> str:
    """What an encrypted licence key is bound to."""
    return f"licence_keys/{key_id}"


class LicenceKeyKind:
    """As many keys of the SKU's pool as units were bought."""

    def deliver(self, deliverable: Deliverable, _moment: datetime) -> str | None:
        """Assign the oldest free keys of the pool. Two deliveries at a time lock different ones."""
        if self._of(deliverable.delivery_id):
            return None
        free = db.rows(
            select(keys)
            .where(
                keys.c.business_id == db.here(),
                keys.c.sku_id == deliverable.sku_id,
                keys.c.status == LicenceKeyStatus.FREE,
            )
            .order_by(keys.c.id)
            .limit(deliverable.quantity)
            .with_for_update(skip_locked=True)
        )
        if len(free) < deliverable.quantity:
            return "The pool does not have enough keys."
        for key in free:
            states.advance(
                LICENCE_KEY,
                key,
                LicenceKeyStatus.DELIVERED,
                reason="delivered",
                actor="system",
                delivery_id=deliverable.delivery_id,
            )
        return None

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:
        """Revoke the delivery's keys; they do not return to the pool."""
        for key in self._of(delivery_id):
            if key.status == LicenceKeyStatus.DELIVERED:
                states.advance(LICENCE_KEY, key, LicenceKeyStatus.REVOKED, reason=reason, actor="system")
        return None

    def _of(self, delivery_id: uuid.UUID) -> Sequence[LicenceKey]:
        return db.rows(select(keys).where(keys.c.business_id == db.here(), keys.c.delivery_id == delivery_id))
