"""Writing a receipt, in the phase of whoever wants it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.choices import countries
from app.domain.orders import billing
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.receipts import rules
from app.domain.orders.receipts.models import Receipt, ReceiptCounter, TaxRate
from app.domain.orders.receipts.rules import KeptTax
from app.lib.some import some
from app.workflow.steps.orders import credit_refunds, receipt_numbers

orders, lines = db.table(Order), db.table(OrderLine)
receipts, rates = db.table(Receipt), db.table(TaxRate)
businesses = db.table(Business)


def paid_order(order_id: uuid.UUID, buyer_reference: str | None) -> Order:
    """The order, with `buyer_reference` only this buyer's. It is held against changes: a refund that succeeds
    meanwhile waits, and finds the receipt.

    Raises:
        NotFound: there is no such order, it is somebody else's, or it was not paid.
    """
    conditions = [orders.c.business_id == db.here(), orders.c.id == order_id, orders.c.paid_at.is_not(None)]
    if buyer_reference is not None:
        conditions.append(orders.c.buyer_reference == buyer_reference)
    order = db.first(select(orders).where(*conditions).with_for_update(read=True))
    if order is None:
        raise NotFound("not_found", N_("There is no such receipt."))
    return order


def receipt_of(order_id: uuid.UUID) -> Receipt | None:
    """The one that holds: a corrected one takes the place of the first."""
    found = select(receipts).where(receipts.c.business_id == db.here(), receipts.c.order_id == order_id)
    return db.first(found.order_by(receipts.c.number.desc()).limit(1))


def first_receipt(order: Order) -> Receipt:
    """Under the counter's lock, which is held until the receipt is there: numbers come one after the other, and none
    is lost with a transaction that fails."""
    last = receipt_numbers.held(ReceiptCounter)
    known = receipt_of(order.id)  # somebody else was quicker
    if known is not None:
        return known
    business = some(db.first(select(businesses).where(businesses.c.id == db.here())))
    return made_out(order, business, last, buyer=order.details.get(billing.DETAILS, {}))


def made_out(order: Order, business: Business, last: int, *, buyer: Mapping[str, str]) -> Receipt:
    """The first receipt of an order, under the lock of the counter at `last`; with the notes of its refunds."""
    taxes = _taxes(order.id, business.country, some(order.paid_at)) if business.prices_include_tax else []
    made = add_receipt(order, business, last, buyer=buyer, taxes=taxes, corrects_id=None)
    if order.refunded_minor:
        credit_refunds.credit_refunds(order, made)
    return made


def add_receipt(
    order: Order,
    business: Business,
    last: int,
    *,
    buyer: Mapping[str, str],
    taxes: Sequence[KeptTax],
    corrects_id: uuid.UUID | None,
) -> Receipt:
    """A receipt with the number after `last`, whose lock the phase has."""
    numbers = receipt_numbers.Series(business.receipt_format, business.receipt_start, business.time_zone)
    db.add(
        Receipt,
        id=new_id(),
        order_id=order.id,
        **receipt_numbers.take(ReceiptCounter, last, numbers),
        seller=_seller(business),
        taxes=list(taxes),
        buyer=dict(buyer),
        corrects_id=corrects_id,
    )
    return some(receipt_of(order.id))


def _taxes(order_id: uuid.UUID, country: str | None, paid_at: datetime) -> list[KeptTax]:
    """By the rates that held when the order was paid."""
    bought = db.rows(select(lines).where(lines.c.business_id == db.here(), lines.c.order_id == order_id))
    there = db.rows(select(rates).where(rates.c.business_id == db.here(), rates.c.country == country))
    amounts = [(line.product_id, line.amount_minor) for line in bought]
    of_product = rules.rate_by_product({line.product_id for line in bought}, there, country=country, at=paid_at)
    return [
        rules.kept_tax(
            each,
            [str(line.id) for line in bought if of_product.get(line.product_id) == (each.name, each.rate_bps)],
        )
        for each in rules.included_taxes(amounts, there, country=country, at=paid_at)
    ]


def _seller(business: Business) -> dict[str, str]:
    country = dict(countries()).get(business.country or "", "")
    address = filter(None, (business.legal_address, country if business.legal_address else ""))
    return {
        "name": business.legal_name or business.name,
        "address": "\n".join(address),
        "tax_number": business.tax_number or "",
        "email": business.contact_email or "",
        "phone": business.support_phone or "",
        "footer": business.receipt_footer or "",
    }
