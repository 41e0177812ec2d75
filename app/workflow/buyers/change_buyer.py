"""A buyer's name, contact, groups and attributes changed."""

from __future__ import annotations

import uuid

from app.core import db
from app.domain.buyers import service
from app.domain.buyers.models import Buyer
from app.domain.buyers.types import BuyerChanges

__all__ = ["BuyerChanges", "change_buyer"]


def change_buyer(business_id: uuid.UUID, buyer_id: uuid.UUID, changes: BuyerChanges) -> None:
    """Make a buyer another. Orders keep what they were placed with. Emits `buyer.updated` when anything differs.

    Raises:
        NotFound: no such buyer. BuyerGone: they were merged or erased. InvalidBuyer: something cannot be.
        BuyerExists: another one has proven the address or number.
    """
    with db.phase("change_buyer.change", business_id):
        service.change(db.lock(Buyer, buyer_id), changes)
