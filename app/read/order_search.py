"""Finding orders: one text of any kind leads to them, and those that people should look at."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, literal_column, select, union_all

from app.core import db, ids
from app.core.clock import now
from app.core.db.typed import AnySelect
from app.domain.accounts.business.models import Business
from app.domain.fulfilment.models import Delivery, Entitlement
from app.domain.ledger.models import LedgerJournal
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.numbers import numbers_in
from app.domain.orders.states import OrderStatus
from app.domain.payments.models import ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.reconciliation.models import Case
from app.read import order_filters
from app.read.finding import MAX_MATCHES, begins

businesses = db.table(Business)
SLOW = timedelta(minutes=10)  # paid for longer than this without its goods is trouble
MAX_TROUBLE = 500


def find_one(business_id: uuid.UUID, text: str) -> uuid.UUID | None:
    """The order that its number, or an id of any of its parts, leads to; None when the text leads nowhere, or to
    several."""
    if "\x00" in text:
        return None
    query = _by_id(business_id, text.strip())
    with db.reading(business_id):
        if query is None:
            query = select(Order.id).where(Order.business_id == business_id, Order.number.in_(_numbers(text)))
        orders = select(Order.id).where(Order.business_id == business_id, Order.id.in_(query))
        found = [row.id for row in db.rows(orders.limit(2))]
    return found[0] if len(found) == 1 else None


def _numbers(text: str) -> Collection[str]:
    """The numbers that a text may mean at this business."""
    business = db.first(select(businesses).where(businesses.c.id == db.here()))
    year = now().astimezone(ZoneInfo(business.time_zone)).year if business else now().year
    return numbers_in(text, business.order_number_format if business else "", year=year)


def in_trouble(business_id: uuid.UUID) -> AnySelect:
    """Ids of orders that people should look at: an open case, a payment nobody knows the end of,
    or money taken for longer than SLOW without its goods. At most MAX_TROUBLE, of each kind the oldest."""
    cases = (
        select(Case.order_id)
        .where(Case.business_id == business_id, Case.status == literal_column("'open'"), Case.order_id.is_not(None))
        .order_by(Case.created_at)
    )
    unknown = (
        select(PaymentTransaction.order_id)
        .join(
            PaymentAttempt,
            and_(
                PaymentAttempt.business_id == PaymentTransaction.business_id,
                PaymentAttempt.transaction_id == PaymentTransaction.id,
            ),
        )
        .where(
            PaymentAttempt.business_id == business_id,
            PaymentAttempt.status == literal_column("'unknown'"),  # outright: it has an index of what is not the rule
            PaymentTransaction.order_id.is_not(None),
        )
        .order_by(PaymentAttempt.created_at)
    )
    slow = [
        select(Order.id)
        .where(Order.business_id == business_id, Order.status == status, Order.paid_at < now() - SLOW)
        .order_by(Order.created_at)
        for status in (OrderStatus.PAID, OrderStatus.FULFILLING)
    ]
    # Each ends by itself: where very many are in trouble, nobody waits until all of them are found.
    together = union_all(*(select(each.limit(MAX_TROUBLE).subquery()) for each in (cases, unknown, *slow))).subquery()
    return select(together.c[0]).distinct().limit(MAX_TROUBLE)


def matches(business_id: uuid.UUID, text: str, *, sees_buyers: bool = True) -> ColumnElement[bool]:
    """The condition for orders that a text leads to. Who may not read buyers' names has to know the whole of one: else
    they could be guessed letter by letter."""
    if "\x00" in text:
        return false()
    by_id = _by_id(business_id, text)
    if by_id is not None:
        return Order.id.in_(by_id)
    return Order.id.in_(union_all(*(select(way.subquery()) for way in _ways(business_id, text, sees_buyers))))


def _ways(business_id: uuid.UUID, text: str, sees_buyers: bool) -> Sequence[AnySelect]:
    """Each way from a text that is no id to orders, by an index of its own: what an OR over them could not use."""
    orders = select(Order.id).where(Order.business_id == business_id)
    if "@" in text:
        by_email = orders.where(Order.buyer_email.in_({text, text.lower()}))
        return [by_email.limit(MAX_MATCHES), orders.where(Order.buyer_reference == text).limit(MAX_MATCHES)]
    accounts = select(ChannelAccount.id).where(ChannelAccount.business_id == business_id)
    by_channel_ref = (
        select(PaymentTransaction.order_id)
        .join(
            PaymentAttempt,
            and_(
                PaymentAttempt.business_id == PaymentTransaction.business_id,
                PaymentAttempt.transaction_id == PaymentTransaction.id,
            ),
        )
        .where(
            PaymentAttempt.business_id == business_id,
            PaymentAttempt.channel_account_id.in_(accounts),
            PaymentAttempt.channel_ref == text,
        )
    )
    phone = phone_in(text)
    ways = [by_channel_ref] + ([orders.where(Order.buyer_phone == phone)] if phone else [])
    with db.reading(business_id):
        ways.append(orders.where(Order.number.in_(_numbers(text))))
    ways += [orders.where(each) for each in order_filters.of_typed_amount(business_id, text)]
    ways += [order_filters.with_product(business_id, text), order_filters.with_coupon(business_id, text)]
    if sees_buyers:
        ways.append(orders.where(begins(Order.buyer_reference, text)))
        ways.append(orders.where(begins(Order.buyer_email, text.lower())))
    else:
        ways.append(orders.where(Order.buyer_reference == text))
    return [way.limit(MAX_MATCHES) for way in ways]


def phone_in(text: str) -> str | None:
    """The telephone number that somebody typed, as orders keep it; None when the text is none. It needs its country:
    +49 151 234…, 0049 (151) 234… and 49-151-234… are the same."""
    digits = re.sub(r"[\s().\-/]", "", text)
    digits = digits[1:] if digits.startswith("+") else digits.removeprefix("00")
    return f"+{digits}" if re.fullmatch(r"[1-9]\d{6,14}", digits, re.ASCII) else None


def _by_id(business_id: uuid.UUID, text: str) -> AnySelect | None:
    """The query that leads from an id of any kind to its order; None when the text is no id."""
    prefix, _, _ = text.rpartition("_")
    row_id = ids.try_parse(text)
    if row_id is None:
        return None
    transactions = select(PaymentTransaction.order_id).where(PaymentTransaction.business_id == business_id)
    through_attempt = transactions.join(
        PaymentAttempt,
        and_(
            PaymentAttempt.business_id == PaymentTransaction.business_id,
            PaymentAttempt.transaction_id == PaymentTransaction.id,
        ),
    )
    through_delivery = select(Delivery.order_id).join(
        Entitlement,
        and_(Entitlement.business_id == Delivery.business_id, Entitlement.delivery_id == Delivery.id),
    )
    by_transaction = transactions.where(PaymentTransaction.id == row_id)
    ways: dict[str, AnySelect] = {
        "ord": select(Order.id).where(Order.business_id == business_id, Order.id == row_id),
        "txn": by_transaction,
        "rfd": by_transaction,
        "att": through_attempt.where(PaymentAttempt.id == row_id),
        "ses": select(CheckoutSession.order_id).where(
            CheckoutSession.business_id == business_id, CheckoutSession.id == row_id
        ),
        "dlv": select(Delivery.order_id).where(Delivery.business_id == business_id, Delivery.id == row_id),
        "ent": through_delivery.where(Delivery.business_id == business_id, Entitlement.id == row_id),
        "ldg": select(LedgerJournal.order_id).where(
            LedgerJournal.business_id == business_id, LedgerJournal.id == row_id
        ),
    }
    return ways.get(prefix)
