"""Membership time: what is bought while time is left begins where that ends."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core import db, states
from app.core.ids import new_id
from app.domain.fulfilment.kinds import Goods, Lost
from app.domain.fulfilment.models import Entitlement
from app.domain.fulfilment.states import ENTITLEMENT

entitlements = Entitlement.__table__


class EntitlementKind:
    """Stackable membership time of one buyer for one product."""

    def deliver(self, goods: Goods, moment: datetime) -> str | None:
        """Give `days` × `quantity` of time, after what the buyer still has of this product."""
        known = db.scalar(
            select(entitlements.c.id).where(
                entitlements.c.business_id == db.here(), entitlements.c.delivery_id == goods.delivery_id
            )
        )
        if known is not None:
            return None
        self._lock_buyer(goods)
        running = db.scalar(
            select(func.max(entitlements.c.ends_at)).where(
                entitlements.c.business_id == db.here(),
                entitlements.c.buyer_reference == goods.buyer_reference,
                entitlements.c.product_id == goods.product_id,
                entitlements.c.status == "active",
                entitlements.c.ends_at > moment,
            )
        )
        starts_at = running or moment
        entitlement_id = new_id()
        db.add(
            Entitlement,
            id=entitlement_id,
            delivery_id=goods.delivery_id,
            buyer_reference=goods.buyer_reference,
            product_id=goods.product_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(days=goods.days * goods.quantity),
        )
        states.born(ENTITLEMENT, entitlement_id, reason="delivered", actor="system")
        return None

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> Lost | None:
        """End the time this delivery gave. Times bought later keep their dates."""
        found = db.first(
            select(entitlements)
            .where(entitlements.c.business_id == db.here(), entitlements.c.delivery_id == delivery_id)
            .with_for_update()
        )
        if found is not None:
            states.advance(ENTITLEMENT, found, "revoked", reason=reason, actor="system")
        return None

    def _lock_buyer(self, goods: Goods) -> None:
        """Two orders of one buyer delivered at once must not both begin at the same end."""
        key = f"{db.here()}/{goods.buyer_reference}/{goods.product_id}"
        db.scalar(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
