"""What is known of a disputed sale: the order, what the buyer agreed to, what was handed over and used, mails, refunds
and the addresses it came from. For the company as `Evidence`, for people as a ZIP file."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core import clock, db
from app.core.ids import show
from app.core.money import Money
from app.domain.checkout.agreements.models import Agreement
from app.domain.fulfilment.models import Delivery, DownloadRight, DownloadUse
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import AgreementAcceptance, Order, OrderLine
from app.domain.payments.channels.types import Evidence
from app.domain.payments.disputes.models import Dispute
from app.domain.payments.models import PaymentTransaction
from app.domain.risk.models import RiskDecision

MAX_ROWS = 200
MAX_ACTIVITY_LENGTH = 10_000
orders, lines, agreed = db.table(Order), db.table(OrderLine), db.table(AgreementAcceptance)
texts, deliveries, mails = db.table(Agreement), db.table(Delivery), db.table(Mail)
rights, uses, movements = db.table(DownloadRight), db.table(DownloadUse), db.table(PaymentTransaction)
decisions = db.table(RiskDecision)


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Something that happened to the sale, for a list by time."""

    at: datetime
    what: str


def evidence_of(dispute: Dispute) -> Evidence:
    """What the company is given, in the open transaction."""
    order = _order(dispute)
    if order is None:
        return Evidence(explanation=dispute.evidence)
    happened, delivered = events_of(order), [row.delivered_at for row in _deliveries(order.id) if row.delivered_at]
    return Evidence(
        explanation=dispute.evidence,
        product=", ".join(line.title for line in _lines(order.id)),
        buyer_email=order.buyer_email or "",
        buyer_ip=_address(order.id),
        activity="\n".join(f"{each.at.isoformat()} {each.what}" for each in happened)[:MAX_ACTIVITY_LENGTH],
        delivered_on=min(delivered).date() if delivered else None,
    )


def events_of(order: Order) -> list[Happened]:
    """All that is known of the sale, the oldest first, in the open transaction."""
    found = [Happened(at=order.created_at, what=f"Order {show('ord', order.id)} placed")]
    if order.paid_at is not None:
        paid = Money(order.paid_minor, order.currency)
        found.append(Happened(at=order.paid_at, what=f"Paid: {_text(paid)}"))
    found += [
        Happened(
            at=row.created_at,
            what=f"Agreed to “{row.title}”, version {row.revision} (SHA-256 {row.text_hash}), "
            f"from address {row.buyer_ip or 'unknown'}",
        )
        for row in _agreements(order.id)
    ]
    for row in _deliveries(order.id):
        if row.delivered_at is not None:
            found.append(Happened(at=row.delivered_at, what=f"Delivered: {row.kind} ({show('dlv', row.id)})"))
    for row in _uses(order.id):
        if row.last_at is not None and row.used:
            found.append(Happened(at=row.last_at, what=f"Downloaded {row.used} times, most recently now"))
    for row in _mails(order.id):
        if row.sent_at is not None:
            found.append(Happened(at=row.sent_at, what=f"Mail sent: {row.kind}, to {row.recipient}"))
    for row in _refunds(order.id):
        money = Money(row.amount_minor, row.currency)
        found.append(Happened(at=row.created_at, what=f"Refund of {_text(money)}: {row.status}"))
    return sorted(found, key=lambda each: each.at)


def pack(dispute: Dispute) -> bytes:
    """A ZIP file: `evidence.json` for programs, `evidence.txt` for people. In the open transaction."""
    order, given = _order(dispute), evidence_of(dispute)
    happened = events_of(order) if order is not None else []
    about: Mapping[str, Any] = {
        "dispute_id": show("dsp", dispute.id),
        "channel_ref": dispute.channel_ref,
        "reason": dispute.reason_code,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "order_id": show("ord", order.id) if order is not None else None,
        "product": given.product,
        "buyer_reference": order.buyer_reference if order is not None else None,
        "buyer_email": given.buyer_email or None,
        "buyer_ip": given.buyer_ip or None,
        "explanation": given.explanation or None,
        "events": [{"at": each.at.isoformat(), "what": each.what} for each in happened],
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(_entry("evidence.json"), json.dumps(about, indent=2, ensure_ascii=False) + "\n")
        file.writestr(_entry("evidence.txt"), _readable(about))
    return written.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    made = clock.now()
    return zipfile.ZipInfo(name, (made.year, made.month, made.day, made.hour, made.minute, made.second))


def _readable(about: Mapping[str, Any]) -> str:
    rows = [f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in about.items() if name != "events"]
    return "\n".join([*rows, "", *(f"{each['at']}  {each['what']}" for each in about["events"])]) + "\n"


def _text(money: Money) -> str:
    return f"{money.minor} {money.currency} (minor units)"


def _order(dispute: Dispute) -> Order | None:
    if dispute.order_id is None:
        return None
    return db.first(select(orders).where(orders.c.business_id == db.here(), orders.c.id == dispute.order_id))


def _limited(found: Any) -> Sequence[Any]:
    rows: Sequence[Any] = db.rows(found.limit(MAX_ROWS))
    return rows


def _lines(order_id: uuid.UUID) -> Sequence[Any]:
    here = lines.c.business_id == db.here(), lines.c.order_id == order_id
    return _limited(select(lines).where(*here).order_by(lines.c.position))


def _agreements(order_id: uuid.UUID) -> Sequence[Any]:
    return _limited(
        select(agreed, texts.c.title, texts.c.revision)
        .join(texts, (texts.c.business_id == agreed.c.business_id) & (texts.c.id == agreed.c.agreement_id))
        .where(agreed.c.business_id == db.here(), agreed.c.order_id == order_id)
    )


def _deliveries(order_id: uuid.UUID) -> Sequence[Any]:
    return _limited(select(deliveries).where(deliveries.c.business_id == db.here(), deliveries.c.order_id == order_id))


def _uses(order_id: uuid.UUID) -> Sequence[Any]:
    return _limited(
        select(uses)
        .join(rights, (rights.c.business_id == uses.c.business_id) & (rights.c.id == uses.c.right_id))
        .join(
            deliveries, (deliveries.c.business_id == rights.c.business_id) & (deliveries.c.id == rights.c.delivery_id)
        )
        .where(uses.c.business_id == db.here(), deliveries.c.order_id == order_id)
    )


def _mails(order_id: uuid.UUID) -> Sequence[Any]:
    return _limited(select(mails).where(mails.c.business_id == db.here(), mails.c.order_id == order_id))


def _refunds(order_id: uuid.UUID) -> Sequence[Any]:
    here = movements.c.business_id == db.here(), movements.c.order_id == order_id
    return _limited(select(movements).where(*here, movements.c.kind == "refund"))


def _address(order_id: uuid.UUID) -> str:
    """Where the buyer agreed from, else where the payment was begun, as far as either was kept."""
    for table in (agreed, decisions):
        here = table.c.business_id == db.here(), table.c.order_id == order_id, table.c.buyer_ip.is_not(None)
        found = db.scalar(select(table.c.buyer_ip).where(*here).order_by(table.c.id.desc()).limit(1))
        if found:
            return str(found)
    return ""
