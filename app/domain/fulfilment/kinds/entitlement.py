"""Membership time: what is bought joins what the buyer has, as `membership` says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Text, bindparam, func, select

from app.core import clock, db, states
from app.core.ids import new_id
from app.domain.fulfilment.membership import Bought, timeline
from app.domain.fulfilment.models import Entitlement
from app.domain.fulfilment.states import ENTITLEMENT, EntitlementStatus
from app.domain.fulfilment.types import Deliverable, RevocationLoss

entitlements = db.table(Entitlement)
DAY_S = 86_400
# Purchases of one buyer and product that are looked at; older ones have long run out.
MAX_COUNT = 1000
_OF_DELIVERY = db.prepared(
    select(entitlements).where(
        entitlements.c.business_id == db.HERE, entitlements.c.delivery_id == bindparam("delivery")
    )
)
_TURN = db.prepared(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key", type_=Text), 0))))
_NEWEST = db.prepared(
    select(entitlements)
    .where(
        entitlements.c.business_id == db.HERE,
        entitlements.c.buyer_reference == bindparam("buyer"),
        entitlements.c.product_id == bindparam("product"),
    )
    .order_by(entitlements.c.granted_at.desc(), entitlements.c.id.desc())
    .limit(MAX_COUNT)
)


def bought(row: Entitlement) -> Bought:
    """The purchase that an entitlement is."""
    return Bought(
        id=row.id,
        at=row.granted_at,
        seconds=row.seconds,
        rank=row.rank,
        level=row.level,
        upgrade=row.upgrade,
        worth_minor=row.worth_minor,
        currency=row.currency,
        revoked_at=row.revoked_at,
    )


class EntitlementKind:
    """Stackable membership time of one buyer for one product, with levels."""

    def deliver(self, deliverable: Deliverable, moment: datetime) -> str | None:
        """Give `days` × `quantity` of time at the SKU's level."""
        if self._of(deliverable.delivery_id) is not None:
            return None
        rows = self._lock(deliverable.buyer_reference, deliverable.product_id)
        # Whoever was first stays first, whatever the clocks of two machines say.
        granted_at = max([moment, *(row.revoked_at or row.granted_at for row in rows)])
        new = Bought(
            id=new_id(),
            at=granted_at,
            seconds=deliverable.days * deliverable.quantity * DAY_S,
            rank=deliverable.options.get("rank", 0),
            level=deliverable.options.get("level", ""),
            upgrade=deliverable.options.get("upgrade", "keep"),
            worth_minor=deliverable.unit_price.minor * deliverable.quantity,
            currency=deliverable.unit_price.currency,
        )
        times = _times([*map(bought, rows), new])
        starts_at, ends_at = times.get(new.id, (granted_at, granted_at))
        db.add(
            Entitlement,
            id=new.id,
            delivery_id=deliverable.delivery_id,
            buyer_reference=deliverable.buyer_reference,
            product_id=deliverable.product_id,
            granted_at=granted_at,
            seconds=new.seconds,
            rank=new.rank,
            level=new.level,
            upgrade=new.upgrade,
            worth_minor=new.worth_minor,
            currency=new.currency,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        states.born(ENTITLEMENT, new.id, reason="delivered", actor="system")
        _move(rows, times)
        return None

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:
        """End the time this delivery gave, and undo what it did to others'."""
        known = self._of(delivery_id)
        if known is None:
            return None
        rows = self._lock(known.buyer_reference, known.product_id)
        found = next(row for row in rows if row.id == known.id)
        if found.status == EntitlementStatus.REVOKED:
            return None
        now = max([clock.now(), *(row.revoked_at or row.granted_at for row in rows)])
        states.advance(ENTITLEMENT, found, EntitlementStatus.REVOKED, reason=reason, actor="system", revoked_at=now)
        others = [row for row in rows if row.id != found.id]
        ended = Bought(**{**vars(bought(found)), "revoked_at": now})
        _move(others, _times([ended if row.id == found.id else bought(row) for row in rows]))
        return None

    def _of(self, delivery_id: uuid.UUID) -> Entitlement | None:
        return db.first(_OF_DELIVERY, delivery=delivery_id)

    def _lock(self, buyer: str, product_id: uuid.UUID) -> Sequence[Entitlement]:
        """All the buyer has of the product, as bought. Two deliveries at once take turns."""
        key = f"{db.here()}/{buyer}/{product_id}"
        db.scalar(_TURN, key=key)
        return db.rows(_NEWEST, buyer=buyer, product=product_id)[::-1]


def _times(purchases: Sequence[Bought]) -> dict[uuid.UUID, tuple[datetime, datetime]]:
    """When each purchase runs first and last; those that never run are left out."""
    found: dict[uuid.UUID, tuple[datetime, datetime]] = {}
    for period in timeline(purchases):
        starts_at, _ = found.get(period.bought, (period.starts_at, period.ends_at))
        found[period.bought] = (starts_at, period.ends_at)
    return found


def _move(rows: Sequence[Entitlement], times: dict[uuid.UUID, tuple[datetime, datetime]]) -> None:
    """Write what has changed of the other purchases; what was refunded stays as it was."""
    for row in rows:
        starts_at, ends_at = times.get(row.id, (row.granted_at, row.granted_at))
        if row.status == EntitlementStatus.ACTIVE and (row.starts_at, row.ends_at) != (starts_at, ends_at):
            db.write(db.change(Entitlement, row.id, starts_at=starts_at, ends_at=ends_at), expect=1)
