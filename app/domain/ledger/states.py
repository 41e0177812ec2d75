"""The edges of freezes."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.ledger.models import WalletFreeze

# Every part that is released emits `freeze.released` by itself; only the last one is a step.
FREEZE = Machine(name="freeze", model=WalletFreeze, initial="active", edges={("active", "released"): None})
