"""Changes of running contracts: what one would cost, and what follows when it is paid, refused, due or taken back. In
the caller's phase; a contract is locked after its order."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from app.core import clock, db, outbox, states
from app.core.ids import show
from app.core.money import Money
from app.core.states import RowState
from app.domain.signing import change_rows, proration, rules
from app.domain.signing import service as signing
from app.domain.signing.calendar import Anchor, Span
from app.domain.signing.errors import ContractState
from app.domain.signing.models import Contract, ContractChange, ContractCycle
from app.domain.signing.planned_changes import PERIOD_END, Planned
from app.domain.signing.states import CHANGE, CYCLE, RUNNING, ChangeStatus, ContractStatus, CycleStatus, EndReason

SYSTEM = "system"
# How long the order of a change can be paid: as long as nobody decides, the contract waits for it.
PAYABLE_FOR = timedelta(hours=1)


def add(contract: Contract, planned: Planned, *, actor: str, change_id: uuid.UUID) -> None:
    """Write the change, scheduled; people outside hear of one that waits for the period's end."""
    cost = planned.cost
    db.add(
        ContractChange,
        id=change_id,
        contract_id=contract.id,
        at=planned.at,
        actor=actor,
        from_plan_id=contract.plan_id,
        from_quantity=contract.quantity,
        plan_id=planned.plan.id,
        quantity=planned.quantity,
        unit_minor=planned.unit.minor,
        currency=contract.currency,
        anchor_day=planned.anchor_day,
        effective_at=planned.effective_at,
        ends_at=planned.ends_at,
        cycle_number=planned.number,
        new_anchor_at=planned.anchor.at,
        new_anchor_number=planned.anchor.number,
        new_anchor_day=planned.anchor.day,
        charge_minor=cost.charge.minor if cost is not None else 0,
        credit_minor=cost.credit.minor if cost is not None else 0,
        used_minor=cost.used.minor if cost is not None else 0,
        due_minor=cost.due.minor if cost is not None else 0,
    )
    states.born(CHANGE, change_id, reason="requested", actor=actor)
    if planned.at == PERIOD_END:
        payload = {"change_id": str(change_id), "contract_id": str(contract.id)}
        outbox.emit("contract.change_scheduled", aggregate_id=contract.id, payload=payload)


def charge(contract: Contract, change_id: uuid.UUID, order_id: uuid.UUID, *, moment: datetime) -> None:
    """Its order is written: until that is decided, somebody looks at the contract again within the lease."""
    row = RowState(change_id, ChangeStatus.SCHEDULED, 1)
    states.advance(CHANGE, row, ChangeStatus.CHARGING, reason="ordered", actor=SYSTEM, order_id=order_id)
    signing.move(contract, contract.status, reason="", actor=SYSTEM, acts_at=moment + rules.LEASE)


def apply_in_trial(contract: Contract, change_id: uuid.UUID) -> None:
    """Nothing is paid and no period is cut: the terms change."""
    change = change_rows.get(change_id)
    signing.set_terms(contract, change, signing.plan(change.plan_id))
    change_rows.move(change, ChangeStatus.APPLIED, reason="in the trial")


def apply_scheduled(contract: Contract) -> Contract:
    """The period is over and its next one about to begin: what was scheduled for that is in force from here on; the
    contract as it is then."""
    change = change_rows.open_of(contract.id)
    if change is None or change.status != ChangeStatus.SCHEDULED or contract.next_due_at is None:
        return contract
    old, new = signing.plan(contract.plan_id), signing.plan(change.plan_id)
    before = rules.anchor_of(contract)
    anchor = proration.anchor_after(
        before,
        old=rules.interval_of(old),
        new=rules.interval_of(new),
        moment=contract.next_due_at,
        number=contract.next_cycle,
        day=change.anchor_day,
    )
    calendar = {} if anchor == before else _calendar(anchor, contract.next_due_at)
    signing.set_terms(contract, change, new, **calendar)
    change_rows.move(change, ChangeStatus.APPLIED, reason="period over")
    return signing.look(contract.id)


def cancel(contract: Contract, change_id: uuid.UUID, *, actor: str) -> None:
    """Take back a change that waits for the period's end.

    Raises:
        ContractState: it does not wait any more.
    """
    change = change_rows.get(change_id)
    if change.contract_id != contract.id or change.status != ChangeStatus.SCHEDULED:
        raise ContractState("change_state", f"The change {show('cch', change_id)} cannot be taken back any more.")
    change_rows.move(change, ChangeStatus.CANCELLED, reason="taken back", actor=actor)


def use_credit(contract: Contract, price: Money) -> int:
    """So much of the contract's credit pays for this price; it is used from now on."""
    used = min(contract.credit_minor, price.minor)
    if used:
        signing.move(contract, contract.status, reason="", actor=SYSTEM, credit_minor=contract.credit_minor - used)
    return used


def paid(order_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """An order of the contract is paid: that of a change puts its terms in force, with the cycle that it paid for."""
    contract, change = signing.lock(contract_id), change_rows.of_order(order_id)
    if change is None:
        signing.paid(order_id, contract_id)
        return
    if change.status != ChangeStatus.CHARGING:
        return
    running, new = signing.last_cycle(contract_id), signing.plan(change.plan_id)
    assert running is not None  # a change is of a contract that was paid
    moment = clock.now()
    if change.effective_at < running.ends_at:
        db.write(db.change(ContractCycle, running.id, cut_at=change.effective_at), expect=1)
    anchor = Anchor(
        at=change.new_anchor_at,
        zone=contract.time_zone,
        number=change.new_anchor_number,
        day=change.new_anchor_day,
    )
    _add_paid_cycle(
        contract_id,
        change.cycle_number,
        Span(change.effective_at, change.ends_at),
        amount=Money(change.due_minor, change.currency),
        credit_minor=change.used_minor,
        order_id=order_id,
        moment=moment,
    )
    left = contract.credit_minor + change.credit_minor - change.used_minor
    signing.set_terms(
        contract,
        change,
        new,
        credit_minor=left,
        next_cycle=change.cycle_number + 1,
        next_due_at=change.ends_at,
        acts_at=change.ends_at,
        **_calendar(anchor, change.effective_at),
    )
    change_rows.move(change, ChangeStatus.APPLIED, reason="order paid", cut_order_id=running.order_id)


def closed(order_id: uuid.UUID, contract_id: uuid.UUID, *, reason: str) -> None:
    """An order of the contract was closed unpaid: the change that it was for has failed, and the contract goes on as it
    was."""
    contract, change = signing.lock(contract_id), change_rows.of_order(order_id)
    if change is None:
        signing.closed(order_id, contract_id, reason=reason)
        return
    if change.status != ChangeStatus.CHARGING:
        return
    change_rows.move(change, ChangeStatus.FAILED, reason=reason)
    if contract.status == ContractStatus.ENDED:
        return
    if signing.is_revoked(contract):
        signing.end(contract, EndReason.REVOKED_AT_CHANNEL, actor=SYSTEM)
    elif contract.cancelled_by is not None and not contract.cancel_at_period_end:
        signing.end(contract, EndReason.CANCELLED, actor=SYSTEM)
    elif contract.status in RUNNING:
        last = signing.last_cycle(contract_id)
        acts_at = contract.next_due_at or (last.ends_at if last is not None else clock.now())
        signing.move(contract, contract.status, reason="", actor=SYSTEM, acts_at=acts_at)


def _add_paid_cycle(
    contract_id: uuid.UUID,
    number: int,
    span: Span,
    *,
    amount: Money,
    credit_minor: int,
    order_id: uuid.UUID,
    moment: datetime,
) -> None:
    """Write a cycle whose order is paid already: one that a change began."""
    cycle_id = signing.add_cycle(contract_id, number, span, amount=amount, order_id=order_id, credit_minor=credit_minor)
    payload = {"cycle_id": str(cycle_id), "contract_id": str(contract_id), "order_id": str(order_id)}
    row = RowState(cycle_id, CycleStatus.DUE, 1)
    states.advance(CYCLE, row, CycleStatus.PAID, reason="change paid", actor=SYSTEM, payload=payload, paid_at=moment)


def _calendar(anchor: Anchor, runs_from: datetime) -> dict[str, object]:
    return {
        "anchor_at": anchor.at,
        "anchor_number": anchor.number,
        "anchor_day": anchor.day,
        "runs_from": runs_from,
    }
