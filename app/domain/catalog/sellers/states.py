"""The edges of sellers."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.catalog.sellers.models import Seller


class SellerStatus(StrEnum):
    """Where a seller stands."""

    ACTIVE = "active"
    ARCHIVED = "archived"


SELLER = Machine(
    name="seller",
    model=Seller,
    initial=SellerStatus.ACTIVE,
    edges={
        (SellerStatus.ACTIVE, SellerStatus.ARCHIVED): "seller.archived",
        (SellerStatus.ARCHIVED, SellerStatus.ACTIVE): "seller.restored",
    },
)
