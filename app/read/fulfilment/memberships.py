"""What a buyer is a member of now, at which level, and what follows."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from app.core import clock, db
from app.domain.fulfilment.members import bought
from app.domain.fulfilment.membership import Period, timeline
from app.domain.fulfilment.models import Entitlement
from app.domain.fulfilment.states import EntitlementStatus

MAX_COUNT = 2000  # purchases of one buyer; those of products that have run out are not read

entitlements = db.table(Entitlement)

__all__ = ["Membership", "Period", "memberships_of"]


@dataclass(frozen=True)
class Membership:
    """One product: what runs now, if anything does, and what comes after it, at least one of the two."""

    product_id: uuid.UUID
    current: Period | None
    following: tuple[Period, ...]

    @property
    def ends_at(self) -> datetime:
        """When the last of it ends."""
        last = self.following[-1] if self.following else self.current
        assert last is not None  # it would not be a membership
        return last.ends_at


def memberships_of(business_id: uuid.UUID, buyer: str) -> tuple[Membership, ...]:
    """The buyer's memberships that run or are to come, the latest to end first. Periods of one level that follow each
    other are one."""
    now = clock.now()
    lasting = entitlements.alias()
    goes_on = exists().where(
        lasting.c.business_id == business_id,
        lasting.c.buyer_reference == buyer,
        lasting.c.product_id == entitlements.c.product_id,
        lasting.c.ends_at > now,
        lasting.c.status == EntitlementStatus.ACTIVE,
    )
    query = (
        select(entitlements)
        .where(entitlements.c.business_id == business_id, entitlements.c.buyer_reference == buyer, goes_on)
        .order_by(entitlements.c.granted_at.desc(), entitlements.c.id.desc())
        .limit(MAX_COUNT)
    )
    by_product: dict[uuid.UUID, list[Entitlement]] = defaultdict(list)
    with db.reading(business_id):
        for row in reversed(db.rows(query)):
            by_product[row.product_id].append(row)
    found = [membership_at(product_id, rows, now) for product_id, rows in by_product.items()]
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.ends_at, reverse=True))


def membership_at(product_id: uuid.UUID, rows: Sequence[Entitlement], now: datetime) -> Membership | None:
    """What these entitlements of one buyer, in the order in which they came, make them; None when all has run out."""
    left = _joined([each for each in timeline([bought(row) for row in rows]) if each.ends_at > now])
    if not left:
        return None
    if left[0].starts_at <= now:
        return Membership(product_id, left[0], tuple(left[1:]))
    return Membership(product_id, None, tuple(left))


def _joined(periods: Sequence[Period]) -> list[Period]:
    found: list[Period] = []
    for each in periods:
        last = found[-1] if found else None
        if last is not None and (last.level, last.rank, last.ends_at) == (each.level, each.rank, each.starts_at):
            found[-1] = Period(last.bought, last.level, last.rank, last.starts_at, each.ends_at)
        else:
            found.append(each)
    return found
