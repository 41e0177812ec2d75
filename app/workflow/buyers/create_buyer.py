"""A buyer made by the merchant's server or a person."""

from __future__ import annotations

import uuid

from app.core import db
from app.core.ids import new_id
from app.domain.buyers import service
from app.domain.buyers.models import Buyer
from app.domain.buyers.types import BuyerCommand, Source

__all__ = ["BuyerCommand", "create_buyer"]


def create_buyer(
    business_id: uuid.UUID,
    command: BuyerCommand,
    *,
    source: Source = "api",
    actor: str,
    buyer_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A new buyer's id; with an id that is there already nothing happens. Emits `buyer.created`.

    Raises:
        InvalidBuyer: something about them cannot be. BuyerExists: another one has the reference, or has proven the
        address or number.
    """
    buyer_id = buyer_id or new_id()
    table = db.table(Buyer)
    with db.phase("create_buyer.add", business_id):
        if db.first(table.select().where(table.c.business_id == db.here(), table.c.id == buyer_id)) is None:
            service.add(buyer_id, command, source=source, actor=actor)
    return buyer_id
