"""Alerts as people see them, and what they chose."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.core import db, paging
from app.core.paging import After, newest_first
from app.domain.accounts.business.models import Business
from app.domain.notifications.alerts.models import Alert, AlertChat, AlertPreference
from app.domain.notifications.alerts.texts import AlertText, text_of

AlertRow = Alert  # for those who show one
ChatRow = AlertChat
PAGE = 50
MAX_COUNTED = 100
alerts, choices, chats = db.table(Alert), db.table(AlertPreference), db.table(AlertChat)


@dataclass(frozen=True)
class ShownAlert:
    """One alert in words; `is_new` when the person has not seen it."""

    id: uuid.UUID
    kind: str
    created_at: datetime
    ended_at: datetime | None
    text: AlertText
    is_new: bool


@dataclass(frozen=True)
class Choices:
    """What a person has mailed (None: what their role cares for), and the business's chats and large refunds."""

    mailed: tuple[str, ...] | None
    defaults: tuple[str, ...]
    chats: tuple[AlertChat, ...]
    large_refunds: dict[str, int]


def list_alerts(
    business_id: uuid.UUID, kinds: Collection[str], *, after: After, limit: int, only_open: bool = False
) -> list[Alert]:
    """Alerts of these kinds, newest first, one more than `limit`."""
    query = select(alerts).where(alerts.c.business_id == business_id, alerts.c.kind.in_(kinds))
    if only_open:
        query = query.where(alerts.c.ended_at.is_(None))
    with db.reading(business_id):
        return list(db.rows(newest_first(query, alerts, after, limit)))


def page_of_alerts(
    business_id: uuid.UUID, user_id: uuid.UUID, kinds: Collection[str], *, cursor: str
) -> paging.Page[ShownAlert]:
    """A page of the portal's list, as this person sees it."""
    found = list_alerts(business_id, kinds, after=paging.key_of(cursor), limit=PAGE)
    rows, following = paging.cut(found, PAGE)
    seen = _seen(business_id, user_id)
    shown = tuple(
        ShownAlert(
            row.id,
            row.kind,
            row.created_at,
            row.ended_at,
            text_of(row.kind, row.subject_id, row.facts),
            seen is None or row.id > seen,
        )
        for row in rows
    )
    return paging.Page(shown, following)


def unread(business_id: uuid.UUID, user_id: uuid.UUID, kinds: Collection[str]) -> int:
    """How many alerts that are not over the person has not seen, counted up to MAX_COUNTED."""
    seen = (
        select(choices.c.seen_id)
        .where(choices.c.business_id == business_id, choices.c.user_id == user_id)
        .scalar_subquery()
    )
    fresh = (
        select(alerts.c.id)
        .where(
            alerts.c.business_id == business_id,
            alerts.c.kind.in_(kinds),
            alerts.c.ended_at.is_(None),
            alerts.c.id > func.coalesce(seen, uuid.UUID(int=0)),
        )
        .limit(MAX_COUNTED)
    )
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).select_from(fresh.subquery())))


def choices_of(business_id: uuid.UUID, user_id: uuid.UUID) -> Choices:
    """What was chosen."""
    with db.reading(business_id):
        conditions = db.first(
            select(choices.c.mailed).where(choices.c.business_id == business_id, choices.c.user_id == user_id)
        )
        found = list_chats(business_id, after=None, limit=50)
        large = large_refunds(business_id)
        defaults = db.scalar(select(Business.alert_defaults).where(Business.id == business_id)) or ()
    mailed = conditions.mailed if conditions is not None else None
    return Choices(None if mailed is None else tuple(mailed), tuple(defaults), tuple(reversed(found)), large)


def large_refunds(business_id: uuid.UUID) -> dict[str, int]:
    """From how much on a refund is large: currency → minor units."""
    with db.reading(business_id):
        return dict(db.scalar(select(Business.large_refunds).where(Business.id == business_id)) or {})


def list_chats(business_id: uuid.UUID, *, after: After, limit: int) -> list[AlertChat]:
    """Chats, newest first, one more than `limit`."""
    with db.reading(business_id):
        query = select(chats).where(chats.c.business_id == business_id)
        return list(db.rows(newest_first(query, chats, after, limit)))


def get_chat(business_id: uuid.UUID, chat_id: uuid.UUID) -> AlertChat:
    """One chat.

    Raises:
        NotFound: there is no such chat.
    """
    with db.reading(business_id):
        return db.get(AlertChat, chat_id)


def _seen(business_id: uuid.UUID, user_id: uuid.UUID) -> uuid.UUID | None:
    with db.reading(business_id):
        found: uuid.UUID | None = db.scalar(
            select(choices.c.seen_id).where(choices.c.business_id == business_id, choices.c.user_id == user_id)
        )
    return found
