"""A refund with its credit note."""

from __future__ import annotations

from app.core.ids import show
from app.read.orders.credit_notes import list_notes
from app.workflow.orders.make_receipt import make_receipt
from tests.factories.shop import Shop


def credit_note_ids(shop: Shop, name: str = "credit_note_id") -> dict[str, str]:
    """By the name in a path the shown id of a credit note."""
    order_id = shop.paid_order()
    shop.refund(order_id, 100)
    make_receipt(shop.business_id, order_id)
    (note,) = list_notes(shop.business_id, order_id=order_id, transaction_id=None, after=None, limit=1)
    return {name: show("crn", note.id)}
