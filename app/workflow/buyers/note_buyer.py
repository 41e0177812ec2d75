"""A note about a buyer, for colleagues."""

from __future__ import annotations

import uuid

from app.core import db
from app.core.errors import Invalid
from app.core.ids import new_id
from app.domain.buyers import rules
from app.domain.buyers.models import Buyer, BuyerNote


def note_buyer(business_id: uuid.UUID, buyer_id: uuid.UUID, *, body: str, author: str) -> uuid.UUID:
    """Keep the note with the buyer; its id.

    Raises:
        NotFound: no such buyer. Invalid: nothing written, or too much.
    """
    if not 0 < len(body.strip()) <= rules.MAX_NOTE:
        raise Invalid("invalid_note", f"A note must have 1 to {rules.MAX_NOTE} characters.", details={"param": "body"})
    note_id = new_id()
    with db.phase("note_buyer.write", business_id):
        db.get(Buyer, buyer_id)
        db.add(BuyerNote, id=note_id, buyer_id=buyer_id, author=author, body=body.strip())
    return note_id
