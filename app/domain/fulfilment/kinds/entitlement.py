"""Membership time: what is bought joins what the buyer has, as `membership` says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, text

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
# One after the other, in the order given.
_TURNS = db.prepared(
    text("SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0))) FROM unnest(CAST(:keys AS text[])) AS key"),
    tables=("none",),
)
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

_NEWEST_OF = db.prepared(
    db.select_as(
        Entitlement,
        text(
            "SELECT newest.* FROM unnest(CAST(:buyers AS text[]), CAST(:products AS uuid[])) AS pair (buyer, product)"
            " JOIN LATERAL (SELECT * FROM entitlements WHERE business_id = :here"
            " AND buyer_reference = pair.buyer AND product_id = pair.product"
            " ORDER BY granted_at DESC, id DESC LIMIT :most) AS newest ON true"
        ).bindparams(db.HERE, most=MAX_COUNT),
    ),
    tables=("entitlements",),
)


def _key(buyer: str, product_id: uuid.UUID) -> str:
    return f"{db.here()}/{buyer}/{product_id}"


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
        if self._of(deliverable.delivery_id) is None:
            self._give(deliverable, self._lock(deliverable.buyer_reference, deliverable.product_id), moment)
        return None

    def deliver_new(self, deliverables: Sequence[Deliverable], moment: datetime) -> list[str | None]:
        """The same for many deliveries, with two statements for all the time that their buyers have of the products."""
        first: dict[tuple[str, uuid.UUID], Deliverable] = {}
        for each in deliverables:
            first.setdefault((each.buyer_reference, each.product_id), each)
        pairs = sorted(first)
        db.scalar(_TURNS, keys=[_key(*pair) for pair in pairs])
        known: dict[tuple[str, uuid.UUID], list[Entitlement]] = {pair: [] for pair in pairs}
        for row in db.rows(_NEWEST_OF, buyers=[pair[0] for pair in pairs], products=[pair[1] for pair in pairs]):
            known[row.buyer_reference, row.product_id].insert(0, row)
        for pair, each in first.items():
            self._give(each, known[pair], moment)
        # Whoever buys a product twice at once has the second on top of the first.
        given = {each.delivery_id for each in first.values()}
        return [None if each.delivery_id in given else self.deliver(each, moment) for each in deliverables]

    def _give(self, deliverable: Deliverable, rows: Sequence[Entitlement], moment: datetime) -> None:
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
        db.scalar(_TURNS, keys=[_key(buyer, product_id)])
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
