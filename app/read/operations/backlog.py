"""What the installation still has to do for one business, and what was given up: each counted by a small index."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, literal, select, union_all

from app.core import clock, db, paging
from app.core.db.models import EventStatus, OutboxEvent
from app.core.db.typed import AnySelect
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.fulfilment.models import Delivery
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import Order
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.states import PAYABLE
from app.domain.payments.models import PaymentAttempt
from app.domain.webhooks.models import WebhookDelivery
from app.domain.webhooks.states import WebhookDeliveryStatus

MAX_COUNT = 1000  # of each kind, no more is counted
LATE = timedelta(minutes=5)
PAGE = 50


WorkName = Literal["events", "webhooks", "payments", "deliveries", "reservations", "mails", "deadlines"]


@dataclass(frozen=True)
class Waiting:
    """Work of one kind: how much waits (MAX_COUNT at most), and since when the oldest is due (None: later, or
    nothing)."""

    name: WorkName
    title: str
    says: str
    count: int
    due_since: datetime | None
    is_late: bool  # should have been done long ago


class _Due(db.JoinedRow):
    number: int
    oldest: datetime | None


class DeadLetter(db.JoinedRow):
    """What was given up: `kind` is event or mail, `what` its topic or kind, `about` the object or order."""

    id: uuid.UUID
    created_at: datetime
    kind: str
    what: str
    about: uuid.UUID
    attempt_count: int
    error: str | None


def waiting(business_id: uuid.UUID) -> tuple[Waiting, ...]:
    """Everything that waits, kind by kind."""
    with db.reading(business_id):
        return tuple(_count(business_id, *kind) for kind in _KINDS)


def list_dead(business_id: uuid.UUID, *, after: After, limit: int) -> list[DeadLetter]:
    """Events that no handler could take and mails that no server took, newest first, one more than `limit`."""
    found = _dead(business_id).subquery("dead")
    with db.reading(business_id):
        return list(db.rows(newest_first(db.select_as(DeadLetter, select(found)), found, after, limit)))


def page_of_dead(business_id: uuid.UUID, *, cursor: str) -> paging.Page[DeadLetter]:
    """A page of the portal's list."""
    shown, following = paging.cut(list_dead(business_id, after=paging.key_of(cursor), limit=PAGE), PAGE)
    return paging.Page(tuple(shown), following)


def get_dead(business_id: uuid.UUID, kind: str, row_id: uuid.UUID) -> DeadLetter:
    """One of them, as the list has it.

    Raises:
        NotFound: there is none.
    """
    found = _dead(business_id).subquery("dead")
    letter = db.select_as(DeadLetter, select(found)).where(found.c.kind == kind, found.c.id == row_id)
    with db.reading(business_id):
        row = db.first(letter)
    if row is None:
        raise NotFound("not_found", "There is no such dead letter.")
    return row


def _dead(business_id: uuid.UUID) -> Any:
    events, mails = db.table(OutboxEvent), db.table(Mail)
    abandoned = select(
        events.c.id,
        events.c.created_at,
        literal("event").label("kind"),
        events.c.topic.label("what"),
        events.c.aggregate_id.label("about"),
        events.c.attempts.label("attempt_count"),
        events.c.error,
    ).where(events.c.business_id == business_id, events.c.status == EventStatus.DEAD)
    unsent = select(
        mails.c.id,
        mails.c.created_at,
        literal("mail"),
        mails.c.kind,
        mails.c.order_id,
        mails.c.attempt_count,
        mails.c.error,
    ).where(
        mails.c.business_id == business_id,
        mails.c.sent_at.is_(None),
        mails.c.next_attempt_at.is_(None),
        mails.c.discarded_at.is_(None),
    )
    return union_all(abandoned, unsent)


def _count(
    business_id: uuid.UUID,
    name: WorkName,
    title: str,
    says: str,
    model: Any,
    due: str,
    where: Sequence[ColumnElement[bool]],
) -> Waiting:
    table = model.__table__
    some: AnySelect = (
        select(table.c[due].label("due"))
        .where(table.c.business_id == business_id, *where)
        .order_by(table.c[due])
        .limit(MAX_COUNT)
    )
    found = some.subquery()
    row = db.first(db.select_as(_Due, select(func.count().label("number"), func.min(found.c.due).label("oldest"))))
    assert row is not None  # sums always give a row
    # What is sent outside is due by everybody's time, the rest by the business's.
    moment = clock.actual() if name in ("events", "webhooks") else clock.now()
    due_since = row.oldest if row.oldest and row.oldest <= moment else None
    return Waiting(name, title, says, row.number, due_since, due_since is not None and due_since < moment - LATE)


_Kind = tuple[WorkName, str, str, Any, str, tuple[ColumnElement[bool], ...]]
_KINDS: tuple[_Kind, ...] = (
    (
        "events",
        "Events",
        "Events waiting for their handlers.",
        OutboxEvent,
        "due_at",
        (OutboxEvent.status == EventStatus.PENDING,),
    ),
    (
        "webhooks",
        "Webhook deliveries",
        "Events waiting to be sent to your endpoints, including paused ones.",
        WebhookDelivery,
        "next_attempt_at",
        (WebhookDelivery.status == WebhookDeliveryStatus.PENDING,),
    ),
    (
        "payments",
        "Pending payments",
        "We poll the channel until the status is known.",
        PaymentAttempt,
        "next_poll_at",
        (PaymentAttempt.next_poll_at.is_not(None),),
    ),
    (
        "deliveries",
        "Deliveries to make",
        "Deliveries waiting for a retry.",
        Delivery,
        "next_attempt_at",
        (Delivery.next_attempt_at.is_not(None),),
    ),
    (
        "reservations",
        "Reservations to finalise",
        "Decisions waiting for your own systems.",
        Reservation,
        "next_attempt_at",
        (Reservation.next_attempt_at.is_not(None),),
    ),
    (
        "mails",
        "Emails to buyers",
        "Receipts and refund confirmations.",
        Mail,
        "next_attempt_at",
        (Mail.next_attempt_at.is_not(None),),
    ),
    (
        "deadlines",
        "Orders to close",
        "Unpaid orders that close when they expire.",
        Order,
        "expires_at",
        (Order.status.in_(PAYABLE),),
    ),
)
