"""What is known of a refund that somebody requests, by index: of the order, its buyer, mailbox and device, and of
whoever requests it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from app.core import clock, db
from app.core.money import Money
from app.domain.accounts.business.models import User
from app.domain.orders.models import Order
from app.domain.payments import service as payments
from app.domain.risk.types import KeptFacts, ListName
from app.domain.risk.values import Subject, keys_of
from app.lib.mailboxes import mailbox
from app.lib.some import some
from app.workflow.steps.accounts.principals_of import principals_of
from app.workflow.steps.risk.decide_payment import HITS, device_key, email_key

MONTH, QUARTER, YEAR = timedelta(days=30), timedelta(days=90), timedelta(days=365)
# Of one buyer, mailbox or device the last ones tell enough.
MOST = 1_000
UNDELIVERED = "not_delivered"
users = db.table(User)


class _OfBuyer(db.JoinedRow):
    """The buyer's orders of a year, this one apart, and what this one delivered."""

    orders: int
    refunds_30d: int
    refunds_365d: int
    same_reason_90d: int
    undelivered_90d: int
    refunded_30d: int
    disputes_365d: int
    first_paid_at: datetime | None
    downloads: int
    licence_keys: int
    membership_percent: int | None
    time_zone: str


class _OfKey(db.JoinedRow):
    """Requests for refunds with one mailbox or device, those of this order apart."""

    name: str
    orders: int
    buyers: int


_BUYER = db.prepared(
    db.select_as(
        _OfBuyer,
        text(f"""
WITH bought AS (
    SELECT o.id, o.paid_at FROM orders o
    WHERE o.business_id = :here AND o.buyer_reference = :buyer AND o.created_at > :year AND o.paid_at IS NOT NULL
    ORDER BY o.created_at DESC LIMIT {MOST}
), given_back AS (
    SELECT t.order_id, t.amount_minor, t.created_at, t.reason FROM bought b
    JOIN payment_transactions t ON t.business_id = :here AND t.order_id = b.id
    WHERE t.kind = 'refund' AND t.status IN ('open', 'succeeded') AND t.actor NOT LIKE 'system%'
), other AS (SELECT * FROM given_back WHERE order_id <> :order_id),
delivered AS (SELECT d.id FROM deliveries d WHERE d.business_id = :here AND d.order_id = :order_id)
SELECT (SELECT count(*) FROM bought) AS orders,
  count(DISTINCT order_id) FILTER (WHERE created_at > :month) AS refunds_30d,
  count(DISTINCT order_id) AS refunds_365d,
  count(DISTINCT order_id) FILTER (WHERE created_at > :quarter AND reason = :reason) AS same_reason_90d,
  count(DISTINCT order_id) FILTER (WHERE created_at > :quarter AND reason = '{UNDELIVERED}') AS undelivered_90d,
  (SELECT coalesce(sum(g.amount_minor), 0)::bigint FROM given_back g
   JOIN orders o ON o.business_id = :here AND o.id = g.order_id
   WHERE g.created_at > :month AND o.currency = :currency) AS refunded_30d,
  (SELECT count(*) FROM bought b JOIN disputes d ON d.business_id = :here AND d.order_id = b.id) AS disputes_365d,
  (SELECT min(o.paid_at) FROM orders o
   WHERE o.business_id = :here AND o.buyer_reference = :buyer AND o.paid_at IS NOT NULL) AS first_paid_at,
  (SELECT coalesce(sum(u.used), 0)::bigint FROM delivered d
   JOIN download_rights r ON r.business_id = :here AND r.delivery_id = d.id
   JOIN download_uses u ON u.business_id = :here AND u.right_id = r.id) AS downloads,
  (SELECT count(*) FROM delivered d
   JOIN licence_keys k ON k.business_id = :here AND k.delivery_id = d.id AND k.status = 'delivered') AS licence_keys,
  (SELECT max(CASE WHEN m.now <= e.starts_at THEN 0 WHEN m.now >= e.ends_at THEN 100
     ELSE floor(100 * extract(epoch FROM m.now - e.starts_at) / extract(epoch FROM e.ends_at - e.starts_at)) END)::int
   FROM delivered d JOIN entitlements e ON e.business_id = :here AND e.delivery_id = d.id
   CROSS JOIN (SELECT CAST(:now AS timestamptz) AS now) m) AS membership_percent,
  (SELECT b.time_zone FROM businesses b WHERE b.id = :here) AS time_zone
FROM other
""").bindparams(db.HERE),  # noqa: S608 (names of this file)
    ),
    tables=("orders", "payment_transactions"),
)


def _counted(name: str, column: str) -> str:
    return f"""
SELECT '{name}' AS name, count(DISTINCT t.order_id) AS orders,
  count(DISTINCT t.buyer_reference) FILTER (WHERE t.buyer_reference <> :buyer) AS buyers
FROM (SELECT d.order_id, d.buyer_reference FROM risk_decisions d
      WHERE d.business_id = :here AND d.{column} = :{name} AND d.created_at > :month AND d.subject = 'refund'
        AND d.order_id <> :order_id
      ORDER BY d.created_at DESC LIMIT {MOST}) t
"""  # noqa: S608 (names of this file)


_KEYS = db.prepared(
    db.select_as(
        _OfKey,
        text(f"{_counted('email', 'email_key')} UNION ALL {_counted('device', 'device_key')}").bindparams(db.HERE),
    ),
    tables=("risk_decisions",),
)


def facts_of(order: Order, *, money: Money, reason: str, actor: str) -> tuple[KeptFacts, Sequence[uuid.UUID]]:
    """In the open phase: every fact of the refund, which counts itself, and the entries of lists that name its buyer.
    The reason is compared and not among them: people write names into it."""
    now = clock.now()
    device: str | None = order.details.get("buyer_device")
    row = db.rows(
        _BUYER,
        buyer=order.buyer_reference,
        order_id=order.id,
        currency=money.currency,
        reason=reason,
        now=now,
        month=now - MONTH,
        quarter=now - QUARTER,
        year=now - YEAR,
    )[0]
    counted = {
        each.name: each
        for each in db.rows(
            _KEYS,
            buyer=order.buyer_reference,
            order_id=order.id,
            email=email_key(order.buyer_email),
            device=device_key(device),
            month=now - MONTH,
        )
    }
    subject = Subject(buyer=order.buyer_reference, email=order.buyer_email, phone=order.buyer_phone, device=device)
    hits = db.rows(HITS, keys=list(keys_of(subject)), now=now)
    lists = {hit.list_name for hit in hits}
    before = order.refunded_minor + payments.in_flight_minor(order.id)
    facts: KeptFacts = {
        "refund_amount": money.minor,
        "refund_percent": 100 * (before + money.minor) // order.paid_minor,
        "minutes_since_payment": int((now - order.paid_at).total_seconds()) // 60 if order.paid_at else None,
        "is_to_requester": _is_to_requester(actor, order.buyer_email),
        "currency": money.currency,
        "hour": now.astimezone(ZoneInfo(row.time_zone)).hour,
        "first_order_days": (now - row.first_paid_at).days if row.first_paid_at is not None else None,
        "has_email": order.buyer_email is not None,
        "on_allow_list": ListName.ALLOW in lists,
        "on_watch_list": ListName.WATCH in lists,
        "on_block_list": ListName.BLOCK in lists,
    }
    facts |= _of_buyer(row, money, reason) | _of_keys(counted, order.buyer_email, device)
    return facts, [hit.id for hit in hits]


def _of_buyer(row: _OfBuyer, money: Money, reason: str) -> KeptFacts:
    return {
        "downloads": row.downloads,
        "has_licence_key": row.licence_keys > 0,
        "membership_used_percent": row.membership_percent,
        "buyer_refunds_30d": row.refunds_30d + 1,
        "buyer_refunded_30d": row.refunded_30d + money.minor,
        "buyer_refund_percent_365d": min(100, 100 * (row.refunds_365d + 1) // max(row.orders, 1)),
        "buyer_same_reason_90d": row.same_reason_90d + 1,
        "buyer_undelivered_90d": row.undelivered_90d + (reason == UNDELIVERED),
        "buyer_disputes_365d": row.disputes_365d,
    }


def _of_keys(counted: dict[str, _OfKey], email: str | None, device: str | None) -> KeptFacts:
    found: KeptFacts = {}
    for name, is_known in (("email", bool(mailbox(email))), ("device", bool(device))):
        row = some(counted.get(name))
        found[f"{name}_refunds_30d"] = row.orders + 1 if is_known else None
        found[f"{name}_refunded_buyers_30d"] = row.buyers + 1 if is_known else None
    return found


def _is_to_requester(actor: str, email: str | None) -> bool | None:
    """Whether one of the people behind whoever asks has the buyer's mailbox; None without one."""
    wanted = mailbox(email)
    if wanted is None:
        return None
    found = db.rows(select(users.c.email).where(users.c.id.in_(principals_of(actor))).limit(MOST))
    return any(mailbox(each.email) == wanted for each in found)
