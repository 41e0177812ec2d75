"""The edges of holds, and what journals are."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.ledger.models import WalletHold


class JournalState(StrEnum):
    """What a journal is, and which layer of its account an entry counts in. A journal never changes:
    another one ends what is pending."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"


class HoldStatus(StrEnum):
    """Where money put aside in a wallet stands."""

    ACTIVE = "active"
    RELEASED = "released"


# Every part that is released emits `wallet_hold.released` by itself; only the last one is a step.
HOLD = Machine(
    name="hold",
    model=WalletHold,
    initial=HoldStatus.ACTIVE,
    edges={(HoldStatus.ACTIVE, HoldStatus.RELEASED): None},
)
