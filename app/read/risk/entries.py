"""Entries of a business's lists."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from app.core import clock, db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.risk.models import RiskEntry
from app.read.finding import begins_in_any_case

PAGE = 50
entries = db.table(RiskEntry)
EntryRow = RiskEntry


@dataclass(frozen=True)
class Hits:
    """How many payments an entry named somebody of, and when the last one was."""

    count: int = 0
    last_at: datetime | None = None


class _HitRow(db.JoinedRow):
    entry_id: uuid.UUID
    number: int
    last_at: datetime


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
        query = query.where(begins_in_any_case(entries.c.value, value.replace("\x00", "")))
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


def hits(business_id: uuid.UUID, entry_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Hits]:
    """How often each of these entries was hit; all of them are keys."""
    counted = text("""
SELECT named AS entry_id, count(*) AS number, max(d.created_at) AS last_at
FROM risk_decisions d, unnest(d.entry_ids) AS named
WHERE d.business_id = :business AND d.entry_ids <> '{}' AND d.entry_ids && :ids AND named = ANY (:ids) GROUP BY named
""").bindparams(bindparam("business", business_id), bindparam("ids", list(entry_ids), type_=ARRAY(UUID)))
    with db.reading(business_id):
        found = {row.entry_id: Hits(row.number, row.last_at) for row in db.rows(db.select_as(_HitRow, counted))}
    return {entry_id: found.get(entry_id, Hits()) for entry_id in entry_ids}
