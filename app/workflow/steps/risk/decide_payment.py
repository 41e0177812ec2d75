"""The decision about a payment, before any company hears of it: facts, rules, and what is kept of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Text, bindparam, func, or_, select, text

from app.core import clock, db, outbox
from app.core.ids import new_id
from app.core.security.crypto import hash_secret
from app.domain.orders.models import Order
from app.domain.orders.types import Placed
from app.domain.payments import decline_limits
from app.domain.risk import rules
from app.domain.risk.facts import FACTS
from app.domain.risk.models import RiskDecision, RiskEntry
from app.domain.risk.types import DecisionSubject, KeptFacts, KeptSet, ListName, Result, Verdict
from app.domain.risk.values import Subject, keys_of
from app.lib.mailboxes import mailbox
from app.lib.some import some

# Of one buyer, mailbox, address or device the last ones tell enough.
MOST = 1_000
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
entries, orders = db.table(RiskEntry), db.table(Order)


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A payment that is about to begin: which attempt, by which channel, from which address (and its keyed hash)."""

    attempt_id: uuid.UUID
    channel: str
    time_zone: str
    address: str | None = None
    address_hash: int | None = None


class _Hit(db.JoinedRow):
    """An entry that names somebody of the payment."""

    id: uuid.UUID
    list_name: str


class _Counted(db.JoinedRow):
    """What was started lately by one key."""

    name: str
    payments_1h: int
    payments_24h: int
    declined_1h: int
    declined_24h: int
    amount_24h: int
    buyers_24h: int
    first_paid_at: datetime | None


HITS = db.prepared(
    db.select_as(
        _Hit,
        select(entries.c.id, entries.c.list_name).where(
            entries.c.business_id == db.HERE,
            entries.c.key == func.any(bindparam("keys", type_=ARRAY(Text))),
            or_(entries.c.expires_at.is_(None), entries.c.expires_at > bindparam("now")),
        ),
    )
)


def _counted(name: str, column: str) -> str:
    """The decisions of a day with one key, and how the attempts of them ended."""
    return f"""
SELECT '{name}' AS name, count(*) FILTER (WHERE t.created_at > :hour) AS payments_1h, count(*) AS payments_24h,
  count(*) FILTER (WHERE t.declined AND t.created_at > :hour) AS declined_1h,
  count(*) FILTER (WHERE t.declined) AS declined_24h,
  coalesce(sum(t.amount_minor) FILTER (WHERE t.currency = :currency), 0)::bigint AS amount_24h,
  count(DISTINCT t.buyer_reference) FILTER (WHERE t.buyer_reference <> :buyer) AS buyers_24h,
  (SELECT min(o.paid_at) FROM orders o WHERE o.business_id = :here AND o.buyer_reference = :buyer
   AND o.paid_at IS NOT NULL) AS first_paid_at
FROM (SELECT d.created_at, d.amount_minor, d.currency, d.buyer_reference,
        coalesce(a.status = 'failed' AND a.decline_code IS NOT NULL AND a.decline_code <> ALL (:no_declines), false)
          AS declined
      FROM risk_decisions d
      LEFT JOIN payment_attempts a ON a.business_id = d.business_id AND a.id = d.attempt_id
      WHERE d.business_id = :here AND d.{column} = :{name} AND d.created_at > :day AND d.subject = 'payment'
      ORDER BY d.created_at DESC LIMIT {MOST}) t
"""  # noqa: S608 (names of this file)


_KEYS = {"buyer": "buyer_reference", "email": "email_key", "address": "address_hash", "device": "device_key"}
_COUNTS = db.prepared(
    db.select_as(
        _Counted,
        text(" UNION ALL ".join(_counted(name, column) for name, column in _KEYS.items())).bindparams(
            db.HERE, bindparam("no_declines", type_=ARRAY(Text))
        ),
    ),
    tables=("risk_decisions", "payment_attempts"),
)


@dataclass(frozen=True)
class Decided:
    """What the rules say, and what a person who looks at it is told; `keep` writes it down, in the same phase."""

    result: Result
    keep: Callable[[], None]
    id: uuid.UUID | None = None
    verdict: Verdict | None = None


# Of a business without rules: taken, and nothing is kept.
NOTHING_DECIDED = Decided(Result.ALLOW, lambda: None)


def decide(order: Order | Placed, payment: Payment, sets: Sequence[KeptSet]) -> Decided:
    """In the open phase, with the order locked or just placed: what the business's rules make of it. The caller stops
    what is blocked. Kept, a block emits `risk.payment_blocked`."""
    facts, hits, subject = _facts(order, payment)
    is_on = next((each for each in sets if each["status"] == "on"), None)
    in_shadow = next((each for each in sets if each["status"] == "shadow"), None)
    verdict = verdict_of(facts, is_on) or Verdict(Result.ALLOW)
    shadow = verdict_of(facts, in_shadow)

    decision_id = new_id()

    def keep() -> None:
        db.add(
            RiskDecision,
            id=decision_id,
            order_id=order.id,
            attempt_id=payment.attempt_id,
            buyer_reference=order.buyer_reference,
            email_key=email_key(subject.email),
            device_key=device_key(subject.device),
            buyer_ip=payment.address,
            address_hash=payment.address_hash,
            currency=order.currency,
            amount_minor=order.total_minor,
            facts=facts,
            entry_ids=list(hits),
            rule_set_id=uuid.UUID(is_on["id"]) if is_on else None,
            result=verdict.result,
            score=verdict.score,
            fired=list(verdict.fired),
            shadow_set_id=uuid.UUID(in_shadow["id"]) if in_shadow else None,
            shadow_result=shadow.result if shadow else None,
            shadow_score=shadow.score if shadow else 0,
            shadow_fired=list(shadow.fired) if shadow else [],
        )
        if verdict.result == Result.BLOCK:
            payload = {"order_id": str(order.id), "risk_decision_id": str(decision_id)}
            outbox.emit("risk.payment_blocked", aggregate_id=order.id, payload=payload)

    return Decided(verdict.result, keep, decision_id, verdict)


def email_key(email: str | None) -> str | None:
    """By what a mailbox is known again, whatever its alias."""
    known = mailbox(email)
    return hash_secret(f"risk:decision:email:{known}")[:32] if known is not None else None


def device_key(device: str | None) -> str | None:
    """By what a device is known again."""
    return hash_secret(f"risk:decision:device:{device}")[:32] if device else None


def verdict_of(
    facts: KeptFacts, kept: KeptSet | None, subject: DecisionSubject = DecisionSubject.PAYMENT
) -> Verdict | None:
    """What a rule set makes of the facts; None without one."""
    return rules.decide(facts, rules.read(kept["rules"], kept["block_at"]), subject) if kept is not None else None


def _facts(order: Order | Placed, payment: Payment) -> tuple[KeptFacts, Sequence[uuid.UUID], Subject]:
    now = clock.now()
    device: str | None = order.details.get("buyer_device")
    subject = Subject(
        buyer=order.buyer_reference,
        email=order.buyer_email,
        phone=order.buyer_phone,
        address=payment.address,
        device=device,
    )
    db.ahead(HITS, keys=list(keys_of(subject)), now=now)
    counted = {
        row.name: row
        for row in db.rows(
            _COUNTS,
            buyer=order.buyer_reference,
            email=email_key(order.buyer_email),
            address=payment.address_hash,
            device=device_key(device),
            currency=order.currency,
            hour=now - HOUR,
            day=now - DAY,
            no_declines=list(decline_limits.NO_DECLINES),
        )
    }
    hits = db.rows(HITS, keys=list(keys_of(subject)), now=now)
    lists = {hit.list_name for hit in hits}
    first = some(counted.get("buyer")).first_paid_at
    facts: KeptFacts = {
        "amount": order.total_minor,
        "currency": order.currency,
        "channel": payment.channel,
        "hour": now.astimezone(ZoneInfo(payment.time_zone)).hour,
        "first_order_days": (now - first).days if first is not None else None,
        "is_first_order": first is None,
        "has_email": order.buyer_email is not None,
        "on_allow_list": ListName.ALLOW in lists,
        "on_watch_list": ListName.WATCH in lists,
        "on_block_list": ListName.BLOCK in lists,
    }
    return facts | _velocity(counted, subject, order.total_minor), [hit.id for hit in hits], subject


def _velocity(counted: dict[str, _Counted], subject: Subject, amount: int) -> KeptFacts:
    """The numbers of each key, with this payment; None where the payment has no such key."""
    known = {"buyer": subject.buyer, "email": subject.email, "address": subject.address, "device": subject.device}
    found: KeptFacts = {}
    for name, row in counted.items():
        is_known = bool(known[name])
        numbers = {
            "payments_1h": row.payments_1h + 1,
            "payments_24h": row.payments_24h + 1,
            "declined_1h": row.declined_1h,
            "declined_24h": row.declined_24h,
            "amount_24h": row.amount_24h + amount,
            "buyers_24h": row.buyers_24h + 1,
        }
        found |= {f"{name}_{what}": number if is_known else None for what, number in numbers.items()}
    return {name: value for name, value in found.items() if name in FACTS}
