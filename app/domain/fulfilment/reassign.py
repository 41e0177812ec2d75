"""What a buyer was given, given to another one: memberships join what the other has, points are added up."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select, update

from app.core import clock, db
from app.domain.fulfilment import members, points
from app.domain.fulfilment.members import Contact, Member
from app.domain.fulfilment.models import DownloadRight, Entitlement, Grant, PointsAccount

entitlements = db.table(Entitlement)


def memberships(before: str, after: str) -> int:
    """Let the time of one buyer join that of another, product by product; how many purchases moved. What both had at
    once runs one after the other from then on: each was paid for."""
    mine = entitlements.c.business_id == db.here(), entitlements.c.buyer_reference == before
    found = db.rows(select(entitlements.c.id, entitlements.c.product_id).where(*mine).order_by(entitlements.c.id))
    for product_id in sorted({row.product_id for row in found}):
        _rejoin(before, after, product_id)
    return len(found)


def _rejoin(before: str, after: str, product_id: uuid.UUID) -> None:
    """Let all that one has of the product be the other's, as if the other had got it then."""
    source, target = (before, product_id), (after, product_id)
    known = members.locked([source, target])[source].known
    mine = (
        entitlements.c.business_id == db.here(),
        entitlements.c.buyer_reference == before,
        entitlements.c.product_id == product_id,
    )
    db.run(update(Entitlement).where(*mine).values(buyer_reference=after))
    joined = members.read([target])[target]
    contact = Contact(email=known.email, locale=known.locale) if known is not None and joined.known is None else None
    members.rewrite(joined, joined.latest(clock.now()), contact=contact)
    if known is not None:
        members.rewrite(Member(source, (), known), clock.now())


def grants(before: str, after: str) -> int:
    """Name another buyer on what was granted and on downloads; how many rows."""
    count = 0
    for model in (Grant, DownloadRight):
        table = model.__table__
        mine = table.c.business_id == db.here(), table.c.buyer_reference == before
        count += db.run(update(model).where(*mine).values(buyer_reference=after))
    return count


def points_of(before: str, after: str, *, reason: str, actor: str) -> int:
    """Put one buyer's points, and what they owe of them, to another one's; how many points."""
    # As anybody else does: accounts in the order of their ids.
    accounts = {row.id: row for row in _locked(sorted([points.account_id(before), points.account_id(after)]))}
    mine = accounts.get(points.account_id(before))
    if mine is None or not (mine.balance or mine.owed):
        return 0
    points.hand_over(mine, points.locked(after), reason=reason, actor=actor)
    return int(mine.balance)


def _locked(account_ids: Sequence[uuid.UUID]) -> Sequence[PointsAccount]:
    table = points.accounts
    found = select(table).where(table.c.business_id == db.here(), table.c.id.in_(account_ids)).order_by(table.c.id)
    return db.rows(found.with_for_update())
