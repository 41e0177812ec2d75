"""The edges of freezes, and what journals are."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.ledger.models import WalletFreeze


class JournalState(StrEnum):
    """What a journal is, and which layer of its account an entry counts in. A journal never changes:
    another one ends what is pending."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"


class FreezeStatus(StrEnum):
    """Where money put aside in a wallet stands."""

    ACTIVE = "active"
    RELEASED = "released"


# Every part that is released emits `freeze.released` by itself; only the last one is a step.
FREEZE = Machine(
    name="freeze",
    model=WalletFreeze,
    initial=FreezeStatus.ACTIVE,
    edges={(FreezeStatus.ACTIVE, FreezeStatus.RELEASED): None},
)
