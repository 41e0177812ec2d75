"""The rows of changes: read, and moved on."""

from __future__ import annotations

import uuid

from sqlalchemy import bindparam, select

from app.core import clock, db, states
from app.core.errors import NotFound
from app.core.ids import show
from app.domain.signing.models import ContractChange
from app.domain.signing.states import CHANGE, ChangeStatus

SYSTEM = "system"
OPEN = (ChangeStatus.SCHEDULED, ChangeStatus.CHARGING)
changes = db.table(ContractChange)
_OPEN = db.prepared(
    select(changes).where(
        changes.c.business_id == db.HERE,
        changes.c.contract_id == bindparam("contract"),
        changes.c.status.in_(OPEN),
    )
)
_OF_ORDER = db.prepared(
    select(changes).where(changes.c.business_id == db.HERE, changes.c.order_id == bindparam("order"))
)
_BY_ID = db.prepared(select(changes).where(changes.c.business_id == db.HERE, changes.c.id == bindparam("change")))


def open_of(contract_id: uuid.UUID) -> ContractChange | None:
    """The contract's change that is not decided, if there is one."""
    return db.first(_OPEN, contract=contract_id)


def is_charging(contract_id: uuid.UUID) -> bool:
    """Whether a change of the contract is being paid."""
    change = open_of(contract_id)
    return change is not None and change.status == ChangeStatus.CHARGING


def of_order(order_id: uuid.UUID) -> ContractChange | None:
    """The change that the order pays for."""
    return db.first(_OF_ORDER, order=order_id)


def get(change_id: uuid.UUID) -> ContractChange:
    """One change.

    Raises:
        NotFound: there is none.
    """
    found = find(change_id)
    if found is None:
        raise NotFound("not_found", f"There is no change {show('cch', change_id)}.")
    return found


def find(change_id: uuid.UUID) -> ContractChange | None:
    """The same; None when there is none."""
    return db.first(_BY_ID, change=change_id)


def move(
    change: ContractChange, to: str, *, reason: str, actor: str = SYSTEM, cut_order_id: uuid.UUID | None = None
) -> None:
    """Decide the change. `cut_order_id` is the order of the cycle that it ended early: what that gave is taken back by
    whoever hears of it."""
    payload = {"contract_id": str(change.contract_id)}
    if cut_order_id is not None:
        payload["order_id"] = str(cut_order_id)
    states.advance(
        CHANGE,
        change,
        to,
        reason=reason,
        actor=actor,
        aggregate_id=change.contract_id,
        payload=payload,
        decided_at=clock.now(),
        failure_code=reason[:100] if to == ChangeStatus.FAILED else None,
    )


def drop_scheduled(contract_id: uuid.UUID) -> None:
    """The contract ends: what was to change then does not."""
    change = open_of(contract_id)
    if change is not None and change.status == ChangeStatus.SCHEDULED:
        move(change, ChangeStatus.CANCELLED, reason="contract ended")
