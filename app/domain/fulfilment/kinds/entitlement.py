"""Membership time: what is bought joins what the buyer has, as `membership` says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select

from app.core import clock, db, states
from app.core.ids import new_id
from app.domain.fulfilment import members
from app.domain.fulfilment.members import Member, NewTime, Pair
from app.domain.fulfilment.membership import Bought
from app.domain.fulfilment.models import Entitlement
from app.domain.fulfilment.states import ENTITLEMENT, EntitlementStatus
from app.domain.fulfilment.types import Deliverable, RevocationLoss

entitlements = db.table(Entitlement)
DAY_S = 86_400
_OF_DELIVERY = db.prepared(
    select(entitlements).where(
        entitlements.c.business_id == db.HERE, entitlements.c.delivery_id == bindparam("delivery")
    )
)
# What was bought, and what of it was moved to other buyers.
_WITH_MOVED = db.prepared(
    select(entitlements).where(
        entitlements.c.business_id == db.HERE,
        or_(entitlements.c.id == bindparam("root"), entitlements.c.root_id == bindparam("root")),
    )
)


class EntitlementKind:
    """Stackable membership time of one buyer for one product, with levels."""

    def deliver(self, deliverable: Deliverable, moment: datetime) -> str | None:
        """Give `days` × `quantity` of time at the SKU's level."""
        if db.first(_OF_DELIVERY, delivery=deliverable.delivery_id) is None:
            pair = _pair(deliverable)
            _give(deliverable, members.locked([pair])[pair], moment)
        return None

    def deliver_new(self, deliverables: Sequence[Deliverable], moment: datetime) -> list[str | None]:
        """The same for many deliveries, with two statements for all the time that their buyers have of the products."""
        first: dict[Pair, Deliverable] = {}
        for each in deliverables:
            first.setdefault(_pair(each), each)
        known = members.locked(list(first))
        for pair, each in first.items():
            _give(each, known[pair], moment)
        # Whoever buys a product twice at once has the second on top of the first.
        given = {each.delivery_id for each in first.values()}
        return [None if each.delivery_id in given else self.deliver(each, moment) for each in deliverables]

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:
        """End the time this delivery gave, wherever it was moved, and undo what it did to others'."""
        known = db.first(_OF_DELIVERY, delivery=delivery_id)
        if known is None:
            return None
        rows = db.rows(_WITH_MOVED, root=known.id)
        pairs = {(row.buyer_reference, row.product_id) for row in rows}
        found = members.locked(list(pairs))
        # Somebody may have moved more of it before the lock was ours.
        while more := {(row.buyer_reference, row.product_id) for row in db.rows(_WITH_MOVED, root=known.id)} - pairs:
            pairs |= more
            found |= members.locked(list(more))
        for member in found.values():
            _end(member, known.id, reason=reason)
        return None


def _pair(deliverable: Deliverable) -> Pair:
    return deliverable.buyer_reference, deliverable.product_id


def _give(deliverable: Deliverable, member: Member, moment: datetime) -> None:
    if deliverable.span is not None:
        # A cycle's time is its period, also when it was paid late: the buyer pays for all of it.
        at, seconds = deliverable.span[0], _seconds(*deliverable.span)
    else:
        at, seconds = member.latest(moment), deliverable.days * deliverable.quantity * DAY_S
    new = Bought(
        id=new_id(),
        at=at,
        seconds=seconds,
        rank=deliverable.options.get("rank", 0),
        level=deliverable.options.get("level", ""),
        upgrade=deliverable.options.get("upgrade", "keep"),
        worth_minor=deliverable.unit_price.minor * deliverable.quantity,
        currency=deliverable.unit_price.currency,
    )
    members.rewrite(member, moment, new=[NewTime(bought=new, delivery_id=deliverable.delivery_id)])


def _seconds(starts_at: datetime, ends_at: datetime) -> int:
    return max(int((ends_at - starts_at) / timedelta(seconds=1)), 1)


def _end(member: Member, root_id: uuid.UUID, *, reason: str) -> None:
    now = member.latest(clock.now())
    ended = {}
    for row in member.rows:
        if root_id in (row.id, row.root_id) and row.status == EntitlementStatus.ACTIVE:
            states.advance(ENTITLEMENT, row, EntitlementStatus.REVOKED, reason=reason, actor="system", revoked_at=now)
            ended[row.id] = now
    if ended:
        members.rewrite(member, now, ended=ended)
