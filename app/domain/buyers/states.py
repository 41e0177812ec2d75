"""The edges of buyers."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.buyers.models import Buyer


class BuyerStatus(StrEnum):
    """Where a buyer stands."""

    ACTIVE = "active"
    MERGED = "merged"
    ERASED = "erased"


BUYER = Machine(
    name="buyer",
    model=Buyer,
    initial=BuyerStatus.ACTIVE,
    edges={
        (BuyerStatus.ACTIVE, BuyerStatus.MERGED): "buyer.merged",
        (BuyerStatus.ACTIVE, BuyerStatus.ERASED): "buyer.erased",
        (BuyerStatus.MERGED, BuyerStatus.ERASED): "buyer.erased",
    },
)
