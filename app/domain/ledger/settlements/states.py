"""The edges of settlements."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.ledger.settlements.models import Settlement


class SettlementStatus(StrEnum):
    """Where a settlement stands."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REVERSED = "reversed"


# In the ledger; a reversed one is there with its opposite.
POSTED_SETTLEMENTS = (SettlementStatus.CONFIRMED, SettlementStatus.REVERSED)

SETTLEMENT = Machine(
    name="settlement",
    model=Settlement,
    initial=SettlementStatus.RECORDED,
    edges={
        (SettlementStatus.RECORDED, SettlementStatus.CONFIRMED): "settlement.confirmed",
        (SettlementStatus.RECORDED, SettlementStatus.REJECTED): "settlement.rejected",
        (SettlementStatus.CONFIRMED, SettlementStatus.REVERSED): "settlement.reversed",
    },
)
