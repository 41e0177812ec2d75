"""The edges of adjustments."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.ledger.adjustments.models import Adjustment


class AdjustmentStatus(StrEnum):
    """Where an adjustment stands."""

    REQUESTED = "requested"
    POSTED = "posted"
    REJECTED = "rejected"
    REVERSED = "reversed"


ADJUSTMENT = Machine(
    name="adjustment",
    model=Adjustment,
    initial=AdjustmentStatus.REQUESTED,
    edges={
        (AdjustmentStatus.REQUESTED, AdjustmentStatus.POSTED): "adjustment.posted",
        (AdjustmentStatus.REQUESTED, AdjustmentStatus.REJECTED): "adjustment.rejected",
        (AdjustmentStatus.POSTED, AdjustmentStatus.REVERSED): "adjustment.reversed",
    },
)
