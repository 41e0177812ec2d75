"""The edges of contracts, of their cycles and of plans."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.signing.models import Contract, ContractChange, ContractCycle, Mandate, Plan


class PlanStatus(StrEnum):
    """Whether new contracts can be made of a plan."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class ContractStatus(StrEnum):
    """Where a contract stands."""

    PENDING = "pending"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAUSED = "paused"
    PAST_DUE = "past_due"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a contract ended."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNPAID = "unpaid"
    REVOKED_AT_CHANNEL = "revoked_at_channel"
    REPLACED = "replaced"


class CycleStatus(StrEnum):
    """Where a cycle stands."""

    DUE = "due"
    PAID = "paid"
    UNPAID = "unpaid"
    SKIPPED = "skipped"
    REFUNDED = "refunded"


class ChangeStatus(StrEnum):
    """Where a change of a contract stands."""

    SCHEDULED = "scheduled"
    CHARGING = "charging"
    APPLIED = "applied"
    CANCELLED = "cancelled"
    FAILED = "failed"


class MandateStatus(StrEnum):
    """Where the buyer's leave to deduct stands at the company."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"


# Goes on by itself: its next cycle comes, unless it is cancelled before.
RUNNING = (ContractStatus.TRIALING, ContractStatus.ACTIVE, ContractStatus.PAST_DUE)
LIVE = (*RUNNING, ContractStatus.PAUSED)

PLAN = Machine(
    name="plan",
    model=Plan,
    initial=PlanStatus.ACTIVE,
    edges={
        (PlanStatus.ACTIVE, PlanStatus.ARCHIVED): None,
        (PlanStatus.ARCHIVED, PlanStatus.ACTIVE): None,
    },
)

CONTRACT = Machine(
    name="contract",
    model=Contract,
    initial=ContractStatus.PENDING,
    edges={
        (ContractStatus.PENDING, ContractStatus.TRIALING): "contract.trialing",
        (ContractStatus.PENDING, ContractStatus.ACTIVE): "contract.active",
        (ContractStatus.PENDING, ContractStatus.ENDED): "contract.ended",
        (ContractStatus.TRIALING, ContractStatus.ACTIVE): "contract.active",
        (ContractStatus.TRIALING, ContractStatus.PAUSED): "contract.paused",
        (ContractStatus.TRIALING, ContractStatus.PAST_DUE): "contract.past_due",
        (ContractStatus.TRIALING, ContractStatus.ENDED): "contract.ended",
        (ContractStatus.ACTIVE, ContractStatus.PAUSED): "contract.paused",
        (ContractStatus.ACTIVE, ContractStatus.PAST_DUE): "contract.past_due",
        (ContractStatus.ACTIVE, ContractStatus.ENDED): "contract.ended",
        (ContractStatus.PAUSED, ContractStatus.ACTIVE): "contract.resumed",
        (ContractStatus.PAUSED, ContractStatus.ENDED): "contract.ended",
        (ContractStatus.PAST_DUE, ContractStatus.ACTIVE): "contract.active",
        (ContractStatus.PAST_DUE, ContractStatus.PAUSED): "contract.paused",
        (ContractStatus.PAST_DUE, ContractStatus.ENDED): "contract.ended",
    },
)

CYCLE = Machine(
    name="cycle",
    model=ContractCycle,
    initial=CycleStatus.DUE,
    edges={
        (CycleStatus.DUE, CycleStatus.PAID): "cycle.paid",
        (CycleStatus.DUE, CycleStatus.UNPAID): "cycle.unpaid",
        (CycleStatus.DUE, CycleStatus.SKIPPED): "cycle.skipped",
        (CycleStatus.PAID, CycleStatus.REFUNDED): "cycle.refunded",
    },
)

# `charging`: its order is being paid; the contract’s terms are the old ones until it is.
CHANGE = Machine(
    name="change",
    model=ContractChange,
    initial=ChangeStatus.SCHEDULED,
    edges={
        (ChangeStatus.SCHEDULED, ChangeStatus.CHARGING): None,
        (ChangeStatus.SCHEDULED, ChangeStatus.APPLIED): "contract.changed",
        (ChangeStatus.SCHEDULED, ChangeStatus.CANCELLED): "contract.change_cancelled",
        (ChangeStatus.CHARGING, ChangeStatus.APPLIED): "contract.changed",
        (ChangeStatus.CHARGING, ChangeStatus.FAILED): "contract.change_failed",
    },
)

# `ending`: we want it to end, and the company has not said yet that it has.
MANDATE = Machine(
    name="mandate",
    model=Mandate,
    initial=MandateStatus.PENDING,
    edges={
        (MandateStatus.PENDING, MandateStatus.ACTIVE): None,
        (MandateStatus.PENDING, MandateStatus.FAILED): None,
        (MandateStatus.PENDING, MandateStatus.ENDING): None,
        (MandateStatus.ACTIVE, MandateStatus.ENDING): None,
        (MandateStatus.ACTIVE, MandateStatus.ENDED): None,
        (MandateStatus.ENDING, MandateStatus.ENDED): None,
    },
)
