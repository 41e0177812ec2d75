"""Writes about contracts, in the caller's phase: their cycles, and what follows when a cycle's order is paid, closed or
refunded. A contract is locked after its order (workflow/steps/orders/lock_order.py)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.core import clock, db, outbox, states
from app.core.errors import NotFound
from app.core.ids import new_id, show
from app.core.money import Money
from app.core.states import RowState
from app.domain.signing import change_rows, mandates, mrr, rules
from app.domain.signing.calendar import Anchor, Span
from app.domain.signing.models import Contract, ContractChange, ContractCycle, Plan
from app.domain.signing.states import CONTRACT, CYCLE, ContractStatus, CycleStatus, EndReason, MandateStatus

SYSTEM = "system"
contracts, cycles, plans = db.table(Contract), db.table(ContractCycle), db.table(Plan)
_CONTRACT = select(contracts).where(contracts.c.business_id == db.HERE, contracts.c.id == bindparam("contract"))
_READ = db.prepared(_CONTRACT)
_LOCKED = db.prepared(_CONTRACT.with_for_update())
_LOCKED_IF_FREE = db.prepared(_CONTRACT.with_for_update(skip_locked=True))
_PLAN = db.prepared(select(plans).where(plans.c.business_id == db.HERE, plans.c.id == bindparam("plan")))
_OPEN = db.prepared(
    select(cycles).where(
        cycles.c.business_id == db.HERE,
        cycles.c.contract_id == bindparam("contract"),
        cycles.c.status == CycleStatus.DUE,
    )
)
_OF_ORDER = db.prepared(select(cycles).where(cycles.c.business_id == db.HERE, cycles.c.order_id == bindparam("order")))
_LAST = db.prepared(
    select(cycles)
    .where(cycles.c.business_id == db.HERE, cycles.c.contract_id == bindparam("contract"))
    .order_by(cycles.c.number.desc())
    .limit(1)
)
_LAST_PAID = db.prepared(
    select(cycles)
    .where(
        cycles.c.business_id == db.HERE,
        cycles.c.contract_id == bindparam("contract"),
        cycles.c.status == CycleStatus.PAID,
        cycles.c.cut_at.is_(None),
    )
    .order_by(cycles.c.number.desc())
    .limit(1)
)


def look(contract_id: uuid.UUID) -> Contract:
    """The contract as it is now.

    Raises:
        NotFound: there is none.
    """
    return _known(contract_id, db.first(_READ, contract=contract_id))


def lock(contract_id: uuid.UUID) -> Contract:
    """The contract, locked for the rest of the phase.

    Raises:
        NotFound: there is none.
    """
    return _known(contract_id, db.first(_LOCKED, contract=contract_id))


def _known(contract_id: uuid.UUID, found: Contract | None) -> Contract:
    if found is None:
        raise NotFound("not_found", f"There is no contract {show('con', contract_id)}.")
    return found


def lock_if_free(contract_id: uuid.UUID) -> Contract | None:
    """The same; None when somebody else has it, or there is none."""
    return db.first(_LOCKED_IF_FREE, contract=contract_id)


def plan(plan_id: uuid.UUID) -> Plan:
    """The plan of a contract.

    Raises:
        NotFound: there is none.
    """
    found = db.first(_PLAN, plan=plan_id)
    if found is None:
        raise NotFound("not_found", f"There is no plan {show('plan', plan_id)}.")
    return found


def open_cycle(contract_id: uuid.UUID) -> ContractCycle | None:
    """The cycle that is being charged, if one is."""
    return db.first(_OPEN, contract=contract_id)


def last_cycle(contract_id: uuid.UUID) -> ContractCycle | None:
    """The cycle with the highest number."""
    return db.first(_LAST, contract=contract_id)


def last_paid_cycle(contract_id: uuid.UUID) -> ContractCycle | None:
    """The paid cycle with the highest number, whose period may run still."""
    return db.first(_LAST_PAID, contract=contract_id)


def cycle_of(order_id: uuid.UUID) -> ContractCycle | None:
    """The cycle that the order pays."""
    return db.first(_OF_ORDER, order=order_id)


def add_cycle(
    contract_id: uuid.UUID,
    number: int,
    span: Span,
    *,
    amount: Money,
    order_id: uuid.UUID | None,
    is_due: bool = True,
    credit_minor: int = 0,
) -> uuid.UUID:
    """Write a cycle that is due, or one that is skipped; its id. There is one of each number (I210)."""
    cycle_id = new_id()
    db.add(
        ContractCycle,
        id=cycle_id,
        contract_id=contract_id,
        number=number,
        status=CYCLE.initial if is_due else CycleStatus.SKIPPED,
        version=1 if is_due else 2,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        due_at=span.starts_at,
        amount_minor=amount.minor,
        currency=amount.currency,
        credit_minor=credit_minor,
        order_id=order_id,
    )
    if is_due:
        states.born(CYCLE, cycle_id, reason="due", actor=SYSTEM)
    else:
        states.born_at(CYCLE, [cycle_id], CycleStatus.SKIPPED, reason="missed", actor=SYSTEM)
    return cycle_id


def set_terms(contract: Contract, change: ContractChange, to: Plan, **columns: Any) -> None:
    """Put the terms of a change in force: the one place where a contract's plan, price or quantity moves."""
    if to.id != contract.plan_id:
        columns["intro_minor"] = None  # an introduction is for those who sign
    move(
        contract,
        contract.status,
        reason="changed",
        actor=SYSTEM,
        plan_id=to.id,
        sku_id=to.sku_id,
        quantity=change.quantity,
        unit_minor=change.unit_minor,
        **columns,
    )


def paid(order_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """The order of a cycle is paid: so is the cycle, and the contract goes on to the next."""
    contract, cycle = lock(contract_id), cycle_of(order_id)
    if cycle is None or cycle.status != CycleStatus.DUE:
        return
    moment = clock.now()
    _advance_cycle(cycle, CycleStatus.PAID, reason="order paid", paid_at=moment, last_error=None)
    following = rules.upcoming(plan(contract.plan_id), cycle, is_cancelled=contract.cancel_at_period_end)
    columns: dict[str, Any] = {"next_cycle": following.number, "try_count": 0, "retries_over": False}
    columns |= {"blocked_at": None, "blocked_code": None}
    if contract.status == ContractStatus.PENDING:
        columns["started_at"] = cycle.starts_at
    if contract.status != ContractStatus.PAUSED:
        columns |= {"next_due_at": following.due_at, "acts_at": following.acts_at}
    move(contract, rules.status_when_paid(contract, cycle), reason="order paid", actor=SYSTEM, **columns)


def closed(order_id: uuid.UUID, contract_id: uuid.UUID, *, reason: str) -> None:
    """The order of a cycle was closed without payment: the cycle stays unpaid, and the contract ends, or waits paused
    where its plan says so."""
    contract, cycle = lock(contract_id), cycle_of(order_id)
    if cycle is None or cycle.status != CycleStatus.DUE:
        return
    _advance_cycle(cycle, CycleStatus.UNPAID, reason=reason)
    _return_credit(contract, cycle)
    if reason == "cancelled" or contract.cancelled_by is not None:
        end(contract, EndReason.CANCELLED, actor=SYSTEM)
    elif is_revoked(contract):
        end(contract, EndReason.REVOKED_AT_CHANNEL, actor=SYSTEM)
    elif contract.status == ContractStatus.PAST_DUE and plan(contract.plan_id).final_step == "pause":
        _pause_unpaid(contract, cycle)
    else:
        end(contract, EndReason.UNPAID, actor=SYSTEM)


def _return_credit(contract: Contract, cycle: ContractCycle) -> None:
    """What a cycle had of the contract's credit is there again."""
    if cycle.credit_minor:
        credit_minor = contract.credit_minor + cycle.credit_minor
        db.write(db.change(Contract, contract.id, credit_minor=credit_minor), expect=1)


def is_revoked(contract: Contract) -> bool:
    """Whether the buyer took back the leave to deduct."""
    if contract.channel_account_id is None or contract.status == ContractStatus.PENDING:
        return False
    mandate = mandates.of_contract(contract.id)
    return mandate is not None and mandate.status == MandateStatus.ENDED


def _pause_unpaid(contract: Contract, cycle: ContractCycle) -> None:
    move(
        contract,
        ContractStatus.PAUSED,
        reason="unpaid",
        actor=SYSTEM,
        paused_at=clock.now(),
        next_due_at=None,
        acts_at=None,
        next_cycle=cycle.number + 1,
        try_count=0,
        retries_over=False,
    )


def refunded(order_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """The order of a cycle was refunded in full. Refunding the first one undoes the contract."""
    contract, cycle = lock(contract_id), cycle_of(order_id)
    if cycle is None or cycle.status != CycleStatus.PAID:
        return
    _advance_cycle(cycle, CycleStatus.REFUNDED, reason="order refunded")
    _return_credit(contract, cycle)
    terms = plan(contract.plan_id)
    if cycle.number != rules.first_cycle(terms) or contract.status == ContractStatus.ENDED:
        return
    if open_cycle(contract.id) is None and not change_rows.is_charging(contract.id):
        end(contract, EndReason.CANCELLED, actor=SYSTEM)
        return
    # The next cycle is being charged already: its order is closed first, by whoever acts on the contract.
    abandoned: dict[str, Any] = {"cancelled_by": SYSTEM, "try_count": len(terms.retry_days) + 1, "acts_at": clock.now()}
    move(contract, contract.status, reason="first order refunded", actor=SYSTEM, **abandoned)


def name_try(cycle: ContractCycle) -> uuid.UUID:
    """The attempt of the present try of a cycle: chosen once, and the same until it is refused."""
    if cycle.attempt_id is not None:
        return cycle.attempt_id
    attempt_id = new_id()
    db.write(db.change(ContractCycle, cycle.id, attempt_id=attempt_id), expect=1)
    return attempt_id


def refused(contract: Contract, cycle: ContractCycle, *, code: str | None, is_hard: bool = False) -> None:
    """A try to charge the open cycle was refused: it is tried again as the plan says; after a hard refusal it is not,
    and only the buyer can still pay it. A contract that was never paid is over."""
    moment, count = clock.now(), contract.try_count + 1
    is_new = contract.status == ContractStatus.PENDING
    then = rules.following(plan(contract.plan_id), count, moment, is_hard=is_hard)
    is_over = is_hard or is_new
    following = {"next_attempt_at": then.acts_at.isoformat() if then.is_try and not is_over else None}
    since = cycle.refused_at or (None if is_new else moment)
    db.write(db.change(ContractCycle, cycle.id, last_error=code, attempt_id=None, refused_at=since), expect=1)
    outbox.emit(
        "cycle.payment_failed",
        aggregate_id=cycle.id,
        payload=_about(cycle) | {"reason": code} | following,
    )
    is_kept = contract.status in (ContractStatus.PAUSED, ContractStatus.PENDING)
    move(
        contract,
        contract.status if is_kept else ContractStatus.PAST_DUE,
        reason=code or "payment failed",
        actor=SYSTEM,
        payload=following,
        try_count=count,
        retries_over=is_over,
        acts_at=moment if is_new else then.acts_at,
        blocked_at=None,
        blocked_code=None,
    )


def signed(contract: Contract) -> None:
    """The company has the buyer's leave to deduct: the first cycle is charged."""
    if contract.status == ContractStatus.PENDING:
        move(contract, contract.status, reason="", actor=SYSTEM, acts_at=clock.now())


def revoked(contract: Contract) -> None:
    """There is no leave to deduct (any more): what is open is closed, by whoever acts on the contract, and the contract
    ends. What is paid stays the buyer's to the end of its period."""
    if contract.status == ContractStatus.ENDED:
        return
    if open_cycle(contract.id) is not None or change_rows.is_charging(contract.id):
        move(contract, contract.status, reason="", actor=SYSTEM, retries_over=True, acts_at=clock.now())
    else:
        end(contract, EndReason.REVOKED_AT_CHANNEL, actor=SYSTEM)


def begin_again(contract: Contract, anchor: Anchor, *, runs_from: datetime, actor: str) -> None:
    """Let a paused contract run again, by this calendar from now on."""
    move(
        contract,
        ContractStatus.ACTIVE,
        reason="resumed",
        actor=actor,
        paused_at=None,
        resumes_at=None,
        anchor_at=anchor.at,
        anchor_number=anchor.number,
        anchor_day=anchor.day,
        runs_from=runs_from,
        **_next_due(contract, anchor, runs_from),
    )


def updated(contract: Contract, **columns: Any) -> None:
    """Change the columns of a contract that stays in its state, and say so outside."""
    columns |= mrr.follow(contract, contract.status, columns, plan)
    db.write(db.change(Contract, contract.id, **columns), expect=1)
    outbox.emit("contract.updated", aggregate_id=contract.id, payload={"contract_id": str(contract.id)})


def skipped_to(contract: Contract, terms: Plan, number: int) -> None:
    """The cycles up to this number were skipped: the next one comes when it ends."""
    anchor, interval = rules.anchor_of(contract), rules.interval_of(terms)
    span = rules.span_of(anchor, interval, number, runs_from=contract.runs_from)
    over = terms.cycle_count is not None and number >= terms.cycle_count
    due_at = None if over else span.ends_at
    columns: dict[str, Any] = {"next_cycle": number + 1, "next_due_at": due_at, "acts_at": span.ends_at}
    move(contract, contract.status, reason="missed", actor=SYSTEM, **columns)


def end(contract: Contract, reason: EndReason, *, actor: str) -> None:
    """End the contract: nothing is charged any more, and the company is told so."""
    if contract.channel_account_id is not None:
        mandates.let_go(contract.id)
    change_rows.drop_scheduled(contract.id)
    move(
        contract,
        ContractStatus.ENDED,
        reason=reason,
        actor=actor,
        payload={"reason": reason},
        end_reason=reason,
        ended_at=clock.now(),
        next_due_at=None,
        acts_at=None,
        paused_at=None,
        resumes_at=None,
        blocked_at=None,
        blocked_code=None,
    )


def blocked(contract: Contract, code: str, *, until: datetime) -> None:
    """The next cycle cannot be ordered: it is tried again then, and people are told (a case, `renewal_blocked`)."""
    since = contract.blocked_at or clock.now()
    move(contract, contract.status, reason="", actor=SYSTEM, acts_at=until, blocked_at=since, blocked_code=code[:100])


def move(
    contract: Contract, to: str, *, reason: str, actor: str, payload: dict[str, Any] | None = None, **columns: Any
) -> RowState:
    """Move the contract to a state, which may be its own, and change the columns with it: every change of a contract's
    state, plan, price or quantity comes through here or `updated`, so that its MRR follows in the same phase."""
    columns |= mrr.follow(contract, to, columns, plan)
    if contract.status == to:
        if columns:
            db.write(db.change(Contract, contract.id, **columns), expect=1)
        return RowState(contract.id, to, contract.version)
    return states.advance(CONTRACT, contract, to, reason=reason, actor=actor, payload=payload, **columns)


def _next_due(contract: Contract, anchor: Anchor, runs_from: datetime) -> dict[str, Any]:
    interval = rules.interval_of(plan(contract.plan_id))
    span = rules.span_of(anchor, interval, contract.next_cycle, runs_from=runs_from)
    return {"next_due_at": span.starts_at, "acts_at": span.starts_at}


def _advance_cycle(cycle: ContractCycle, to: str, *, reason: str, **columns: Any) -> None:
    states.advance(CYCLE, cycle, to, reason=reason, actor=SYSTEM, payload=_about(cycle), **columns)


def _about(cycle: ContractCycle) -> dict[str, Any]:
    order = {"order_id": str(cycle.order_id)} if cycle.order_id is not None else {}
    return {"cycle_id": str(cycle.id), "contract_id": str(cycle.contract_id), **order}
