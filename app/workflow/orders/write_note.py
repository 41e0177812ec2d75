"""A note about an order, for colleagues."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.orders.models import Order, OrderNote

MAX_LENGTH = 4000


def write_note(business_id: uuid.UUID, order_id: uuid.UUID, *, body: str, author: str) -> uuid.UUID:
    """Keep the note with the order.

    Raises:
        NotFound: no such order. Invalid: nothing written, or too much.
    """
    if not 0 < len(body) <= MAX_LENGTH:
        raise Invalid("invalid_note", f"A note must have 1 to {MAX_LENGTH} characters.", details={"param": "body"})
    note_id = new_id()
    with db.phase("write_note.write", business_id):
        known = select(Order.id).where(Order.business_id == business_id, Order.id == order_id)
        if db.scalar(known) is None:
            raise NotFound("not_found", "There is no such order.")
        db.add(OrderNote, id=note_id, order_id=order_id, author=author, body=body)
    return note_id
