"""Buyers with points, as the portal lists them."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db, paging
from app.domain.fulfilment.models import PointsAccount
from app.read.finding import begins

PAGE = 50
accounts = db.table(PointsAccount)


def search(
    business_id: uuid.UUID, *, text: str, cursor: str = "", whole: bool = False, limit: int = PAGE
) -> paging.Page[PointsAccount]:
    """Accounts of points whose buyer begins with the text, by buyer; the cursor is the last buyer seen. With `whole`,
    only the buyer of exactly this name: who may not read names does not guess them letter by letter."""
    query = select(accounts).where(accounts.c.business_id == business_id)
    if text and whole:
        query = query.where(accounts.c.buyer_reference == text)
    elif text:
        query = query.where(begins(accounts.c.buyer_reference, text))
    if cursor:
        query = query.where(accounts.c.buyer_reference > cursor)
    with db.reading(business_id):
        rows = tuple(db.rows(query.order_by(accounts.c.buyer_reference).limit(limit + 1)))
    return paging.Page(rows[:limit], rows[limit - 1].buyer_reference if len(rows) > limit else None)
