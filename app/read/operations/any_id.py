"""What an id of any kind leads to: its order, or the movement or hold of money that no order asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, select, union_all

from app.core import db, ids
from app.core.db.models import OutboxEvent
from app.core.db.typed import AnySelect
from app.domain.accounts.business.models import Approval
from app.domain.catalog.models import StockReservation
from app.domain.ledger.models import LedgerJournal, WalletHold
from app.domain.marketing.models import CouponUse
from app.domain.orders.models import OrderLine, SubOrder
from app.domain.orders.reservations.models import Reservation
from app.domain.payments.models import BankTransfer, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.reconciliation.models import Case
from app.domain.webhooks.models import WebhookDelivery
from app.read.order_search import find_one

MAX_COUNT = 4  # rows that one id may stand for: an event's object may be one of several things


@dataclass(frozen=True)
class Lead:
    """Where the chain of an id begins."""

    kind: Literal["order", "movement", "hold", "request"]
    id: uuid.UUID


def leads_to(business_id: uuid.UUID, text: str) -> Lead | None:
    """Where the chain of the object begins that `text` names: an id as shown (`att_…`), or a channel's own number of a
    movement that has no order. None when it is neither, or nothing of this business."""
    query = text.strip()
    order_id = find_one(business_id, query)
    if order_id is not None:
        return Lead("order", order_id)
    row_id = ids.try_parse(query)
    if row_id is not None and query.startswith("req_"):
        return Lead("request", row_id)
    with db.reading(business_id):
        if row_id is None:
            return _of_channel_number(business_id, query)
        way = _WAYS.get(query.rpartition("_")[0])
        found = [row[0] for row in db.rows(way(business_id, row_id).limit(MAX_COUNT))] if way else []
        return _what_is(business_id, [each for each in found if each is not None])


def _of_channel_number(business_id: uuid.UUID, text: str) -> Lead | None:
    if not text or "\x00" in text:
        return None
    attempts = db.table(PaymentAttempt)
    accounts = select(ChannelAccount.id).where(ChannelAccount.business_id == business_id)
    numbered = select(attempts.c.transaction_id).where(
        attempts.c.business_id == business_id,
        attempts.c.channel_account_id.in_(accounts),
        attempts.c.channel_ref == text,
    )
    return _what_is(business_id, [row[0] for row in db.rows(numbered.limit(MAX_COUNT))])


def _what_is(business_id: uuid.UUID, row_ids: list[uuid.UUID]) -> Lead | None:
    """An id of an order, a transaction or a hold, told apart; a transaction of an order leads to the order."""
    for row_id in row_ids:
        shown = find_one(business_id, ids.show("ord", row_id)) or find_one(business_id, ids.show("txn", row_id))
        if shown is not None:
            return Lead("order", shown)
        for kind, model in (("movement", PaymentTransaction), ("hold", WalletHold)):
            table = model.__table__
            if db.scalar(select(table.c.id).where(table.c.business_id == business_id, table.c.id == row_id)):
                return Lead(kind, row_id)  # type: ignore[arg-type]
    return None


def _column(model: Any, name: str) -> Callable[[uuid.UUID, uuid.UUID], AnySelect]:
    def way(business_id: uuid.UUID, row_id: uuid.UUID) -> AnySelect:
        table = model.__table__
        return select(table.c[name]).where(table.c.business_id == business_id, table.c.id == row_id)

    return way


def _journal(business_id: uuid.UUID, row_id: uuid.UUID) -> AnySelect:
    """A journal is about an attempt, a hold or a transaction."""
    journals, attempts = db.table(LedgerJournal), db.table(PaymentAttempt)
    conditions = journals.c.business_id == business_id, journals.c.id == row_id
    joined = and_(attempts.c.business_id == journals.c.business_id, attempts.c.id == journals.c.subject_id)
    of_attempt = select(attempts.c.transaction_id).select_from(journals.join(attempts, joined)).where(*conditions)
    return select(union_all(of_attempt, select(journals.c.subject_id).where(*conditions)).subquery())


def _transfer(business_id: uuid.UUID, row_id: uuid.UUID) -> AnySelect:
    transfers, attempts = db.table(BankTransfer), db.table(PaymentAttempt)
    joined = and_(attempts.c.business_id == transfers.c.business_id, attempts.c.id == transfers.c.attempt_id)
    return (
        select(attempts.c.transaction_id)
        .select_from(transfers.join(attempts, joined))
        .where(transfers.c.business_id == business_id, transfers.c.id == row_id)
    )


def _reservation(business_id: uuid.UUID, row_id: uuid.UUID) -> AnySelect:
    ways = (_column(Reservation, "order_id"), _column(StockReservation, "order_id"))
    return select(union_all(*(way(business_id, row_id) for way in ways)).subquery())


def _coupon(business_id: uuid.UUID, row_id: uuid.UUID) -> AnySelect:
    uses = db.table(CouponUse)
    conditions = uses.c.business_id == business_id, uses.c.coupon_id == row_id, uses.c.released.is_(False)
    return select(uses.c.order_id).where(*conditions)


def _approval(business_id: uuid.UUID, row_id: uuid.UUID) -> AnySelect:
    ways = (_column(Approval, "transaction_id"), _column(Approval, "subject_id"))
    return select(union_all(*(way(business_id, row_id) for way in ways)).subquery())


# From an id of this prefix to the order, transaction or hold that it hangs on; what always hangs on an order and
# is searched for in the list of orders is found there (see order_search).
_WAYS: dict[str, Callable[[uuid.UUID, uuid.UUID], AnySelect]] = {
    "txn": _column(PaymentTransaction, "id"),
    "att": _column(PaymentAttempt, "transaction_id"),
    "ldg": _journal,
    "hld": _column(WalletHold, "id"),
    "btr": _transfer,
    "sub": _column(SubOrder, "order_id"),
    "oln": _column(OrderLine, "order_id"),
    "rsv": _reservation,
    "cpn": _coupon,
    "case": _column(Case, "order_id"),
    "evt": _column(OutboxEvent, "aggregate_id"),
    "whd": _column(WebhookDelivery, "object_id"),
    "apr": _approval,
}
