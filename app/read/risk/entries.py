"""Entries of a business's lists."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import or_, select

from app.core import clock, db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.risk.models import RiskEntry

PAGE = 50
entries = db.table(RiskEntry)
EntryRow = RiskEntry


def list_entries(
    business_id: uuid.UUID,
    *,
    list_name: str | None = None,
    kind: str | None = None,
    value: str | None = None,
    expired: bool | None = None,
    after: Key | None = None,
    limit: int = PAGE,
) -> Sequence[RiskEntry]:
    """Entries, the newest first, and one more than `limit`; `value` is a normal form, or the beginning of one."""
    query = select(entries).where(entries.c.business_id == business_id)
    if list_name:
        query = query.where(entries.c.list_name == list_name)
    if kind:
        query = query.where(entries.c.kind == kind)
    if value:
        query = query.where(entries.c.value.istartswith(value.replace("\x00", ""), autoescape=True))
    if expired is not None:
        now = clock.now()
        over = entries.c.expires_at <= now
        query = query.where(over if expired else or_(entries.c.expires_at.is_(None), entries.c.expires_at > now))
    with db.reading(business_id):
        return db.rows(paging.in_order(query, entries.c.created_at, entries.c.id, after, limit + 1))


def get_entry(business_id: uuid.UUID, entry_id: uuid.UUID) -> RiskEntry:
    """One entry.

    Raises:
        NotFound: there is no such entry.
    """
    with db.reading(business_id):
        found = db.first(select(entries).where(entries.c.business_id == business_id, entries.c.id == entry_id))
    if found is None:
        raise NotFound("not_found", "There is no such entry.")
    return found
