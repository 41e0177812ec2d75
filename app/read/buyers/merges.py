"""Who was merged into whom, and what moved then."""

from __future__ import annotations

import uuid

from sqlalchemy import or_, select

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.buyers.models import Buyer, BuyerMerge

MergeRow = BuyerMerge
merges = db.table(BuyerMerge)


def merges_of(business_id: uuid.UUID, buyer_id: uuid.UUID, *, after: After, limit: int) -> list[MergeRow]:
    """Merges into a buyer, and the one of the buyer themselves; newest first, one more than `limit`.

    Raises:
        NotFound: the business has no such buyer.
    """
    either = or_(merges.c.into_id == buyer_id, merges.c.buyer_id == buyer_id)
    with db.reading(business_id):
        db.get(Buyer, buyer_id)
        found = select(merges).where(merges.c.business_id == business_id, either)
        return list(db.rows(newest_first(found, merges, after, limit)))


def get_merge(business_id: uuid.UUID, merge_id: uuid.UUID, *, buyer_id: uuid.UUID) -> MergeRow:
    """The merge, or the one that merged this buyer already.

    Raises:
        NotFound: there is none.
    """
    found = select(merges).where(merges.c.business_id == business_id, merges.c.buyer_id == buyer_id)
    with db.reading(business_id):
        rows = db.rows(found.order_by(merges.c.id.desc()).limit(2))
    row = next((each for each in rows if each.id == merge_id), rows[0] if rows else None)
    if row is None:
        raise NotFound("not_found", "This buyer was never merged.")
    return row
