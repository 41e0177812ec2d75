"""The edges of settlement holds."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.settlement.holds.models import SettlementHold


class SettlementHoldStatus(StrEnum):
    """Where a settlement hold stands."""

    HELD = "held"
    RELEASED = "released"


SETTLEMENT_HOLD = Machine(
    name="settlement_hold",
    model=SettlementHold,
    initial=SettlementHoldStatus.HELD,
    edges={(SettlementHoldStatus.HELD, SettlementHoldStatus.RELEASED): "settlement_hold.released"},
)
