"""What a buyer agreed to with one order: the exact texts, their fingerprints, when and from where."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import and_, select

from app.core import db
from app.core.errors import NotFound
from app.core.ids import show
from app.domain.checkout.agreements.models import Agreement
from app.domain.orders.models import AgreementAcceptance, Order

HASH_OF = "sha256(title + line feed + body), UTF-8"
MAX_ROWS = 100


class OrderHead(db.JoinedRow):
    """An order and whose it is."""

    id: uuid.UUID
    buyer_reference: str
    buyer_email: str | None
    created_at: datetime


class AcceptedText(db.JoinedRow):
    """A text that was accepted, with its version's title and body."""

    agreement_id: uuid.UUID
    text_hash: str
    locale: str
    buyer_ip: str | None
    accepted_at: datetime
    code: str
    revision: int
    title: str
    body: str
    published_at: datetime


class ExportedText(TypedDict):
    """A text that was accepted, for programs; moments as ISO 8601 in UTC."""

    id: str
    code: str
    version: int
    locale: str
    title: str
    body: str
    hash: str
    accepted_at: str
    published_at: str
    buyer_ip: str | None


class ExportedEvidence(TypedDict):
    """An order and what was accepted with it, for programs; `hash_of` says what is hashed, and how."""

    order_id: str
    buyer_reference: str
    buyer_email: str | None
    hash_of: str
    data: list[ExportedText]


@dataclass(frozen=True)
class Evidence:
    """An order and the texts accepted with it."""

    order: OrderHead
    accepted: tuple[AcceptedText, ...]

    def exported(self) -> ExportedEvidence:
        """The same for programs."""
        return {
            "order_id": show("ord", self.order.id),
            "buyer_reference": self.order.buyer_reference,
            "buyer_email": self.order.buyer_email,
            "hash_of": HASH_OF,
            "data": [_exported(row) for row in self.accepted],
        }


def order_agreements(business_id: uuid.UUID, order_id: uuid.UUID) -> Evidence:
    """The texts accepted with an order, by code.

    Raises:
        NotFound: the business has no such order.
    """
    orders, accepted, versions = db.table(Order), db.table(AgreementAcceptance), db.table(Agreement)
    query = (
        select(
            accepted.c.agreement_id,
            accepted.c.text_hash,
            accepted.c.locale,
            accepted.c.buyer_ip,
            accepted.c.created_at.label("accepted_at"),
            versions.c.code,
            versions.c.revision,
            versions.c.title,
            versions.c.body,
            versions.c.created_at.label("published_at"),
        )
        .join(
            versions,
            and_(versions.c.business_id == accepted.c.business_id, versions.c.id == accepted.c.agreement_id),
        )
        .where(accepted.c.business_id == business_id, accepted.c.order_id == order_id)
        .order_by(versions.c.code)
        .limit(MAX_ROWS)
    )
    head = select(orders.c.id, orders.c.buyer_reference, orders.c.buyer_email, orders.c.created_at).where(
        orders.c.business_id == business_id, orders.c.id == order_id
    )
    with db.reading(business_id):
        order = db.first(db.select_as(OrderHead, head))
        if order is None:
            raise NotFound("not_found", "There is no such order.")
        return Evidence(order, tuple(db.rows(db.select_as(AcceptedText, query))))


def _exported(row: AcceptedText) -> ExportedText:
    return {
        "id": show("agr", row.agreement_id),
        "code": row.code,
        "version": row.revision,
        "locale": row.locale,
        "title": row.title,
        "body": row.body,
        "hash": row.text_hash,
        "accepted_at": _moment(row.accepted_at),
        "published_at": _moment(row.published_at),
        "buyer_ip": row.buyer_ip,
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
