"""Monthly recurring revenue (MRR) of contracts: what each counts, and the movement that is kept whenever that changes.

A contract counts its regular price a month while it is active, and while it is past due after it was active. In a
trial, paused or ended it counts nothing. The introductory price and reductions are not taken off."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select

from app.core import clock, db
from app.domain.signing.models import Contract, MrrMovement, Plan
from app.domain.signing.states import ContractStatus

# Months: a year has twelve, 365 days and 52 weeks.
PER_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
TERMS = ("plan_id", "unit_minor", "quantity")
movements = db.table(MrrMovement)
_ANY = db.prepared(
    select(movements.c.id)
    .where(movements.c.business_id == db.HERE, movements.c.contract_id == bindparam("contract"))
    .limit(1)
)


class MovementKind(StrEnum):
    """Why MRR moved."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


def monthly_minor(*, unit_minor: int, quantity: int, interval_unit: str, interval_count: int) -> int:
    """What a price counts a month, in minor units; a half is rounded up."""
    months = 12 * interval_count
    return (2 * unit_minor * quantity * PER_YEAR[interval_unit] + months) // (2 * months)


def may_move(contract: Contract, to: str, columns: Mapping[str, Any]) -> bool:
    """Whether this move of a contract can change what it counts, so that its plan must be read."""
    if any(name in columns for name in TERMS):
        return True
    if to == ContractStatus.ACTIVE:
        return contract.mrr_minor == 0 and contract.unit_minor > 0
    return to != ContractStatus.PAST_DUE and contract.mrr_minor > 0


def minor_after(contract: Contract, plan: Plan, to: str, columns: Mapping[str, Any]) -> int:
    """What the contract counts after a move to this state with these columns; `plan` is the one it has then."""
    if to != ContractStatus.ACTIVE and (to != ContractStatus.PAST_DUE or not contract.mrr_minor):
        return 0
    return monthly_minor(
        unit_minor=columns.get("unit_minor", contract.unit_minor),
        quantity=columns.get("quantity", contract.quantity),
        interval_unit=plan.interval_unit,
        interval_count=plan.interval_count,
    )


def follow(
    contract: Contract, to: str, columns: Mapping[str, Any], plan: Callable[[uuid.UUID], Plan]
) -> dict[str, int]:
    """What a move with these columns adds to them: what the contract counts after it. A movement is kept if that
    changed; nothing is added otherwise."""
    if not may_move(contract, to, columns):
        return {}
    after = minor_after(contract, plan(columns.get("plan_id", contract.plan_id)), to, columns)
    if after == contract.mrr_minor:
        return {}
    record(contract, after)
    return {"mrr_minor": after}


def record(contract: Contract, after: int) -> None:
    """Keep the movement from what the contract counted to what it counts now."""
    before = contract.mrr_minor
    db.add(
        MrrMovement,
        contract_id=contract.id,
        kind=_kind(contract.id, before, after),
        amount_minor=after - before,
        currency=contract.currency,
        occurred_at=clock.now(),
    )


def _kind(contract_id: uuid.UUID, before: int, after: int) -> MovementKind:
    if not after:
        return MovementKind.CHURN
    if before:
        return MovementKind.EXPANSION if after > before else MovementKind.CONTRACTION
    return MovementKind.REACTIVATION if db.first(_ANY, contract=contract_id) else MovementKind.NEW
