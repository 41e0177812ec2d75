"""Making the receipt of a paid order: it gets its number and its taxes the first time somebody wants it."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.choices import countries
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.receipts import rules
from app.domain.orders.receipts.models import Receipt, ReceiptCounter, TaxRate
from app.lib.some import some

orders, lines = db.table(Order), db.table(OrderLine)
receipts, counters, rates = db.table(Receipt), db.table(ReceiptCounter), db.table(TaxRate)
businesses = db.table(Business)


def make_receipt(business_id: uuid.UUID, order_id: uuid.UUID, *, buyer_reference: str | None = None) -> Receipt:
    """The receipt of the order, made if there is none yet. Made again it is the same: its number, its seller and its
    taxes stay what they were. With `buyer_reference`, only of this buyer's order.

    Raises:
        NotFound: there is no such order, it is somebody else's, or it was not paid.
    """
    with db.reading(business_id):
        known = _known(order_id) if buyer_reference is None else None
    if known is not None:
        return known
    with db.phase("make_receipt.make", business_id):
        conditions = [orders.c.business_id == business_id, orders.c.id == order_id, orders.c.paid_at.is_not(None)]
        if buyer_reference is not None:
            conditions.append(orders.c.buyer_reference == buyer_reference)
        order = db.first(select(orders).where(*conditions))
        if order is None:
            raise NotFound("not_found", N_("There is no such receipt."))
        return _known(order_id) or _made(order)


def _known(order_id: uuid.UUID) -> Receipt | None:
    return db.first(select(receipts).where(receipts.c.business_id == db.here(), receipts.c.order_id == order_id))


def _made(order: Order) -> Receipt:
    """Under the counter's lock, which is held until the receipt is there: numbers come one after the other, and none
    is lost with a transaction that fails."""
    first = insert(ReceiptCounter).values(business_id=db.here(), last_number=0)
    db.run(first.on_conflict_do_nothing())
    counter = some(db.first(select(counters).where(counters.c.business_id == db.here()).with_for_update()))
    known = _known(order.id)  # somebody else was quicker
    if known is not None:
        return known
    business = some(db.first(select(businesses).where(businesses.c.id == db.here())))
    paid_at = some(order.paid_at)
    number = max(counter.last_number + 1, business.receipt_start)
    text = rules.number_text(business.receipt_format, number, year=_year(clock.now(), business.time_zone))
    taxes = _taxes(order.id, business.country, paid_at) if business.prices_include_tax else []
    db.run(update(ReceiptCounter).where(ReceiptCounter.business_id == db.here()).values(last_number=number))
    db.add(
        Receipt,
        id=new_id(),
        order_id=order.id,
        number=number,
        begins_series=number > counter.last_number + 1 or counter.last_number == 0,
        text=text,
        seller=_seller(business),
        taxes=[asdict(each) for each in taxes],
    )
    return some(_known(order.id))


def _taxes(order_id: uuid.UUID, country: str | None, paid_at: datetime) -> list[rules.IncludedTax]:
    """By the rates that held when the order was paid."""
    bought = db.rows(select(lines).where(lines.c.business_id == db.here(), lines.c.order_id == order_id))
    there = select(rates).where(rates.c.business_id == db.here(), rates.c.country == country)
    amounts = [(line.product_id, line.amount_minor) for line in bought]
    return rules.included_taxes(amounts, db.rows(there), country=country, at=paid_at)


def _year(moment: datetime, time_zone: str) -> int:
    return moment.astimezone(ZoneInfo(time_zone)).year


def _seller(business: Business) -> dict[str, Any]:
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
