"""Across businesses, for those who run the installation: which there are, how they are, and whose an id is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.core import clock, db, ids
from app.core.db import Base
from app.core.db.models import EventStatus, OutboxEvent
from app.core.errors import NotFound
from app.domain.accounts.business.models import Business, Membership, User
from app.domain.accounts.business.standing import STANDING
from app.domain.accounts.business.tiers import TierLimits
from app.domain.orders.models import Order
from app.domain.webhooks.models import WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus
from app.read.named_row import IdRow, NamedRow

PAGE = 50
_LISTED = select(
    *(Business.id, Business.name, Business.mode, Business.country, Business.time_zone, STANDING),
    *(Business.suspended_reason, Business.suspended_at, Business.twin_id, Business.created_at),
    Business.tier_limits,
)
MAX_COUNT = 1_000  # counted up to
MAX_BUSINESSES = 10_000
LATE = timedelta(minutes=5)
# Whose an id is: the table that its prefix stands for.
TABLES = {
    **{"apr": "approvals", "att": "payment_attempts", "byr": "buyers", "cha": "channel_accounts", "cpn": "coupons"},
    **{"cpt": "coupon_templates", "dlv": "deliveries", "evt": "outbox_events", "hld": "wallet_holds"},
    **{"inv": "invitations", "key": "api_keys", "mem": "memberships", "ord": "orders", "prd": "products"},
    **{"par": "partners", "spr": "split_rules", "cle": "clearing_entries", "sba": "settlement_batches"},
    **{"shd": "settlement_holds", "pcl": "parcels", "whs": "warehouses"},
    **{"rfd": "payment_transactions", "sel": "sellers", "ses": "checkout_sessions", "sku": "skus", "sub": "sub_orders"},
    **{"txn": "payment_transactions", "whd": "webhook_deliveries", "whe": "webhook_endpoints"},
}


class BusinessHead(NamedRow):
    """A business by its name."""

    mode: str


class _Team(BusinessHead):
    role: str


@dataclass(frozen=True)
class Health:
    """How a business is. Counts stop at MAX_COUNT."""

    row: Business
    people: int
    orders_today: int
    late_events: int
    dead_events: int
    paused_endpoints: int

    @property
    def is_well(self) -> bool:
        """Whether nothing waits that should not."""
        return not (self.late_events or self.dead_events or self.paused_endpoints)


class Listed(BusinessHead):
    """A business with where it stands (see standing.py), and why when it is suspended."""

    country: str | None
    time_zone: str
    standing: str | None
    suspended_reason: str | None
    suspended_at: datetime | None
    twin_id: uuid.UUID | None
    created_at: datetime
    tier_limits: TierLimits


def directory(text: str = "", *, after: uuid.UUID | None = None, limit: int) -> Sequence[Listed]:
    """Businesses, the newest first; those whose name holds `text`."""
    with db.system_reading():
        return db.rows(db.select_as(Listed, _found(_LISTED, text, after).limit(limit)))


def list_one(business_id: uuid.UUID) -> Listed:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    with db.system_reading():
        row = db.first(db.select_as(Listed, _LISTED.where(Business.id == business_id)))
    if row is None:
        raise NotFound("not_found", "There is no such business.")
    return row


def list_businesses(text: str = "", *, after: uuid.UUID | None = None) -> list[Health]:
    """Businesses, the newest first, one more than PAGE; those whose name holds `text`."""
    query = _found(select(db.table(Business)), text, after).limit(PAGE + 1)
    with db.system_reading():
        return [_health(row) for row in db.rows(query)]


def _found(query: Select[Any], text: str, after: uuid.UUID | None) -> Select[Any]:
    if text:
        query = query.where(func.lower(Business.name).contains(text.lower(), autoescape=True))
    if after is not None:
        query = query.where(Business.id < after)
    return query.order_by(Business.id.desc())


def get_business(business_id: uuid.UUID) -> Health:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    with db.system_reading():
        row = db.first(select(db.table(Business)).where(Business.id == business_id))
        if row is None:
            raise NotFound("not_found", "There is no such business.")
        return _health(row)


def whose(text: str) -> list[tuple[BusinessHead, str]]:
    """The businesses that an id, or the email address of a person, belongs to, each with what it is there."""
    query = text.strip()
    prefix, row_id = query.rpartition("_")[0], ids.try_parse(query)
    with db.system_reading():
        if prefix == "biz" and row_id is not None:
            return [(row, "business") for row in _businesses([row_id])]
        if "@" in query or prefix == "usr":
            return _memberships(query, row_id)
        table = Base.metadata.tables.get(TABLES.get(prefix, ""))
        if table is None or row_id is None:
            return []
        # Every key begins with the business: named one by one, each is a step in the index.
        known = [row.id for row in db.rows(db.select_as(IdRow, select(Business.id).limit(MAX_BUSINESSES)))]
        found = select(table.c.business_id).where(table.c.business_id.in_(known), table.c.id == row_id).limit(PAGE)
        return [(row, table.name) for row in _businesses([row.business_id for row in db.rows(found)])]


def _memberships(text: str, user_id: uuid.UUID | None) -> list[tuple[BusinessHead, str]]:
    query = (
        db.select_as(_Team, select(Business.id, Business.name, Business.mode, Membership.role))
        .join(Membership, Membership.business_id == Business.id)
        .join(User, User.id == Membership.user_id)
        .where(or_(User.email == text.lower(), User.id == user_id), Membership.left_at.is_(None))
        .limit(PAGE)
    )
    return [(row, f"team, {row.role}") for row in db.rows(query)]


def _businesses(business_ids: list[uuid.UUID]) -> list[BusinessHead]:
    query = db.select_as(BusinessHead, select(Business.id, Business.name, Business.mode))
    return list(db.rows(query.where(Business.id.in_(business_ids)).limit(PAGE)))


def _health(row: Business) -> Health:
    moment = clock.actual()
    events, here = db.table(OutboxEvent), row.id
    pending = events.c.business_id == here, events.c.status == EventStatus.PENDING, events.c.due_at < moment - LATE
    return Health(
        row,
        _count(select(Membership.id).where(Membership.business_id == here, Membership.left_at.is_(None))),
        _count(select(Order.id).where(Order.business_id == here, Order.id >= ids.first_at(moment - timedelta(days=1)))),
        _count(select(events.c.id).where(*pending)),
        _count(select(events.c.id).where(events.c.business_id == here, events.c.status == EventStatus.DEAD)),
        _count(
            select(WebhookEndpoint.id).where(
                WebhookEndpoint.business_id == here, WebhookEndpoint.status == EndpointStatus.PAUSED
            )
        ),
    )


def _count(query: Any) -> int:
    return int(db.scalar(select(func.count()).select_from(query.limit(MAX_COUNT).subquery())))
