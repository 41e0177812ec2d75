"""Making the receipt of a paid order: it gets its number and its taxes the first time somebody wants it."""

from __future__ import annotations

import uuid

from app.core import db
from app.domain.orders.receipts.models import Receipt
from app.workflow.steps.orders.write_receipt import first_receipt, paid_order, receipt_of


def make_receipt(business_id: uuid.UUID, order_id: uuid.UUID, *, buyer_reference: str | None = None) -> Receipt:
    """The receipt of the order, made if there is none yet. Made again it is the same: its number, its seller and its
    taxes stay what they were. With `buyer_reference`, only of this buyer's order.

    Raises:
        NotFound: there is no such order, it is somebody else's, or it was not paid.
    """
    with db.reading(business_id):
        known = receipt_of(order_id) if buyer_reference is None else None
    if known is not None:
        return known
    with db.phase("make_receipt.make", business_id):
        order = paid_order(order_id, buyer_reference)
        return receipt_of(order_id) or first_receipt(order)
