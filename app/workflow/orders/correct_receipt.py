"""A receipt is made out to a company after the purchase: the first one stays, and another takes its place."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import clock, db
from app.core.errors import Conflict
from app.core.i18n.marks import N_
from app.domain.accounts.business.models import Business
from app.domain.orders import billing
from app.domain.orders.receipts import rules
from app.domain.orders.receipts.models import Receipt, ReceiptCounter
from app.lib.some import some
from app.workflow.steps.orders import receipt_numbers
from app.workflow.steps.orders.write_receipt import add_receipt, made_out, paid_order, receipt_of

businesses = db.table(Business)


def correct_receipt(
    business_id: uuid.UUID, order_id: uuid.UUID, said: Mapping[str, Any], *, buyer_reference: str | None = None
) -> Receipt:
    """The receipt made out to a company, once: anew, with a number of its own and as a correction of the first one,
    which stays as it is. Of an order without a receipt yet it is the first one. With `buyer_reference`, only of this
    buyer's order, and within the time that the business gives.

    Raises:
        NotFound: as make_receipt. Invalid: these are no details of a company.
        Conflict: the receipt names a company already, or it is too late.
    """
    with db.phase("correct_receipt.make", business_id):
        order = paid_order(order_id, buyer_reference)
        business = some(db.first(select(businesses).where(businesses.c.id == db.here())))
        if buyer_reference is not None and not rules.is_open(business, some(order.paid_at), clock.now()):
            raise Conflict("receipt_final", N_("It is too late to change this receipt. Contact the shop."))
        buyer = billing.needed(said)
        last = receipt_numbers.held(ReceiptCounter)
        known = receipt_of(order_id)
        if known is None:
            return made_out(order, business, last, buyer=buyer)
        if known.buyer:
            raise Conflict("receipt_final", N_("This receipt names a company already. Contact the shop to change it."))
        return add_receipt(order, business, last, buyer=buyer, taxes=known.taxes, corrects_id=known.id)
