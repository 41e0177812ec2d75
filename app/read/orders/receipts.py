"""What a buyer paid for one order, and what came back: the receipt."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from app.core import clock, db
from app.core.errors import NotFound
from app.core.i18n.language import DEFAULT, Translatable, offered
from app.core.i18n.marks import N_
from app.domain.accounts.business.brand import LOGO, Logo, logo_of
from app.domain.accounts.business.models import Business
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.receipts.models import CreditNote
from app.domain.orders.receipts.models import Receipt as MadeReceipt
from app.domain.orders.receipts.rules import KeptTax, is_open, tax_label
from app.domain.orders.types import MAX_LINES
from app.domain.payments.models import PAYING_KINDS, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.payments.states import AttemptStatus, TransactionStatus
from app.lib.some import some
from app.read.orders import credit_notes
from app.read.orders.order_rows import SoldOrder

MAX_PAYMENTS = 100
made_ = db.table(MadeReceipt)


class _Moved(db.JoinedRow):
    """What was paid or refunded, with the name of its channel account."""

    kind: str
    decided_at: datetime | None
    amount_minor: int
    name: str


@dataclass(frozen=True)
class Seller:
    """Who sold, as it was when the receipt was made; the address and the footer have several lines."""

    name: str
    address: str
    tax_number: str
    email: str
    phone: str
    footer: str


@dataclass(frozen=True)
class Company:
    """The company that a receipt is made out to; the address has several lines."""

    company: str
    address: str
    tax_number: str = ""
    name: str = ""


@dataclass(frozen=True)
class Receipt:
    """A paid order with its lines; `methods` are names of payment methods, `refunds` are (minor units, when),
    `taxes` what is said of each and minor units,
    `corrects` the number of the receipt whose place this one takes."""

    merchant: str
    seller: Seller
    logo: Logo | None
    mode: str
    time_zone: str
    order_id: uuid.UUID
    order_number: str
    locale: str
    buyer: str
    paid_at: datetime
    currency: str
    total_minor: int
    refunded_minor: int
    lines: tuple[OrderLine, ...]
    methods: tuple[str, ...]
    refunds: tuple[tuple[int, datetime], ...]
    number: str
    issued_at: datetime
    company: Company | None
    corrects: str
    credit_notes: tuple[CreditNote, ...]
    can_name_company: bool
    taxes: tuple[tuple[Translatable, int], ...]

    @property
    def subtotal_minor(self) -> int:
        """At list prices."""
        return sum(line.unit_price_minor * line.quantity for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """What was taken off."""
        return sum(line.discount_minor for line in self.lines)


def receipt(business_id: uuid.UUID, buyer_reference: str | None, order_id: uuid.UUID) -> Receipt:
    """The receipt of this buyer's order; of whoever's it is with None. It has to be made first: make_receipt.

    Raises:
        NotFound: there is no such order, it is somebody else's, it was not paid, or its receipt was never made.
    """
    with db.reading(business_id):
        order = _order(business_id, buyer_reference, order_id)
        lines = db.rows(
            select(db.table(OrderLine))
            .where(OrderLine.business_id == business_id, OrderLine.order_id == order_id)
            .order_by(OrderLine.position)
            .limit(MAX_LINES)
        )
        moved = _money_moved(business_id, order_id)
        papers = _papers(business_id, order_id)
        credited = credit_notes.of_order(order_id) if order.refunded_minor else ()
    made = papers[0]
    return Receipt(
        merchant=order.merchant,
        seller=Seller(**made.seller),
        number=made.text,
        issued_at=made.created_at,
        company=Company(**made.buyer) if made.buyer else None,
        corrects=papers[1].text if made.corrects_id else "",
        credit_notes=tuple(credited),
        can_name_company=not made.buyer and is_open(order, some(order.paid_at), clock.now()),
        taxes=taxes_of(made.taxes),
        logo=logo_of(order),
        mode=order.mode,
        time_zone=order.time_zone,
        order_id=order_id,
        order_number=order.number,
        locale=offered(order.details.get("locale", DEFAULT), order.languages),
        buyer=order.buyer_email or order.buyer_reference,
        paid_at=some(order.paid_at),
        currency=order.currency,
        total_minor=order.total_minor,
        refunded_minor=order.refunded_minor,
        lines=tuple(lines),
        methods=tuple(dict.fromkeys(each.name for each in moved if each.kind in PAYING_KINDS)),
        refunds=tuple((each.amount_minor, some(each.decided_at)) for each in moved if each.kind == "refund"),
    )


def _order(business_id: uuid.UUID, buyer_reference: str | None, order_id: uuid.UUID) -> SoldOrder:
    sold = select(
        db.table(Order),
        Business.name.label("merchant"),
        Business.mode,
        Business.time_zone,
        Business.languages,
        *LOGO,
        Business.company_receipts,
        Business.company_receipt_days,
    )
    order = db.first(
        db.select_as(SoldOrder, sold)
        .join(Business, Business.id == Order.business_id)
        .where(
            Order.business_id == business_id,
            Order.id == order_id,
            *([] if buyer_reference is None else [Order.buyer_reference == buyer_reference]),
            Order.paid_at.is_not(None),
        )
    )
    if order is None:
        raise NotFound("not_found", N_("There is no such receipt."))
    return order


def _papers(business_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[MadeReceipt]:
    """The receipt that holds, and then the one that it corrects."""
    found = select(made_).where(made_.c.business_id == business_id, made_.c.order_id == order_id)
    papers = db.rows(found.order_by(made_.c.number.desc()).limit(2))
    if not papers:
        raise NotFound("not_found", N_("There is no such receipt."))
    return papers


def taxes_of(kept: Sequence[KeptTax]) -> tuple[tuple[Translatable, int], ...]:
    """What is said of each tax of a receipt or a credit note, and minor units."""
    return tuple((tax_label(each["name"], each["rate_bps"]), each["tax_minor"]) for each in kept)


def receipt_by_id(business_id: uuid.UUID, receipt_id: uuid.UUID) -> MadeReceipt:
    """A receipt as it was made, also one that was corrected since.

    Raises:
        NotFound: there is no such receipt.
    """
    with db.reading(business_id):
        found = db.first(select(made_).where(made_.c.business_id == business_id, made_.c.id == receipt_id))
    if found is None:
        raise NotFound("not_found", N_("There is no such receipt."))
    return found


def _money_moved(business_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[_Moved]:
    """The order's payments and refunds that succeeded, oldest first."""

    def same(one: Any, other: Any) -> Any:
        return one.business_id == other.business_id

    moved = select(
        PaymentTransaction.kind, PaymentTransaction.decided_at, PaymentAttempt.amount_minor, ChannelAccount.name
    )
    return db.rows(
        db.select_as(_Moved, moved)
        .join(
            PaymentAttempt,
            and_(same(PaymentAttempt, PaymentTransaction), PaymentAttempt.transaction_id == PaymentTransaction.id),
        )
        .join(
            ChannelAccount,
            and_(same(ChannelAccount, PaymentAttempt), ChannelAccount.id == PaymentAttempt.channel_account_id),
        )
        .where(
            PaymentTransaction.business_id == business_id,
            PaymentTransaction.order_id == order_id,
            PaymentTransaction.kind.in_((*PAYING_KINDS, "refund")),
            PaymentTransaction.status == TransactionStatus.SUCCEEDED,
            PaymentAttempt.status == AttemptStatus.SUCCEEDED,
            PaymentAttempt.applied,
        )
        .order_by(PaymentTransaction.id, PaymentAttempt.id)
        .limit(MAX_PAYMENTS)
    )
