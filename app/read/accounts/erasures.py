"""Buyers who were erased."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db, paging
from app.domain.accounts.privacy.models import Erasure

PAGE = 50


def page_of_erasures(business_id: uuid.UUID, *, cursor: str) -> paging.Page[Erasure]:
    """A page of the portal's list, the newest first."""
    table = db.table(Erasure)
    query = select(table).where(table.c.business_id == business_id)
    with db.reading(business_id):
        found = db.rows(paging.newest_first(query, table, paging.key_of(cursor), PAGE))
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)
