"""Contracts that are due: the next cycle is charged, a refused one tried again, and what is over ends.

Every cycle is an ordinary order. It is written in one phase with the cycle, of which there is one of each number; the
request that pays it is named by the cycle and the number of the try, so that whoever comes twice charges once. A
process that dies on the way leaves a contract that is looked at again after LEASE, and goes on from there.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.errors import AppError
from app.core.ids import derive, new_id
from app.core.log import get_logger
from app.core.money import Money
from app.core.process import crash
from app.domain.orders.models import Order
from app.domain.orders.states import PAYABLE, OrderStatus
from app.domain.orders.types import Buyer, ContractOrder, OrderItem, PlaceOrderCommand
from app.domain.payments import queries
from app.domain.payments.errors import NoChannel, PaymentInProgress
from app.domain.payments.rules import HARD_DECLINES, MANDATE_GONE
from app.domain.signing import change_rows, changes, mandates, rules
from app.domain.signing import service as signing
from app.domain.signing.errors import ContractState
from app.domain.signing.models import Contract, Plan
from app.domain.signing.rules import Action
from app.domain.signing.states import ChangeStatus, CycleStatus, EndReason, MandateStatus
from app.lib.some import some
from app.workflow.orders import reserve_remotely
from app.workflow.orders.close_orders import close_order
from app.workflow.payments import deduct_order, pay_order
from app.workflow.steps.operations import due
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.write_order import write_order
from app.workflow.subscriptions import change_terms
from app.workflow.subscriptions.sign_contract import scene_of

BATCH = 200
NO_MANDATE = "contract_ended"
contracts, orders = db.table(Contract), db.table(Order)


@dataclass(frozen=True)
class _Charge:
    """A try to charge the open cycle."""

    contract_id: uuid.UUID
    cycle_id: uuid.UUID
    order_id: uuid.UUID
    channel: str
    number: int
    needs_remote_reservation: bool
    deduction: _Deduction | None


@dataclass(frozen=True)
class _Deduction:
    """Where and by which mandate a try is deducted: under an id that is the try's own. Without the company's number
    there is no mandate in force."""

    account_id: uuid.UUID
    attempt_id: uuid.UUID
    contract_no: str | None


@dataclass(frozen=True)
class _Abandon:
    """The last try of the open cycle was refused."""

    order_id: uuid.UUID


@dataclass(frozen=True)
class _Decide:
    """A change of the contract is being paid: it is decided before anything else."""

    change_id: uuid.UUID


def renew_due() -> int:
    """Act on every contract that is due; how many. Safe to run with any number of others at once."""
    return due.process_by_partition(_due, act)


def act(business_id: uuid.UUID, contract_id: uuid.UUID) -> bool:
    """Do what is due for a contract now; False when nothing is, or somebody else does it."""
    try:
        step = in_phase("renew_contracts.decide", business_id, lambda: _decide(contract_id))
    except AppError as error:
        # Its order cannot be placed (no stock, the business is suspended): nothing was begun.
        code = error.code
        get_logger().warning("renewal_blocked", contract_id=str(contract_id), code=code)
        in_phase("renew_contracts.postpone", business_id, lambda: _postpone(contract_id, code))
        return False
    if isinstance(step, _Decide):
        change_terms.decide(business_id, step.change_id)
    elif isinstance(step, _Abandon):
        close_order(business_id, step.order_id, reason="payment_failed", actor="system")
    elif isinstance(step, _Charge):
        _charge(business_id, step)
    return step is not None


def _decide(contract_id: uuid.UUID) -> _Charge | _Abandon | _Decide | bool | None:
    """What is to be called outside, True when all was done here, None when there was nothing to do."""
    contract = signing.lock_if_free(contract_id)
    moment = clock.now()
    if contract is None or contract.acts_at is None or contract.acts_at > moment:
        return None
    plan, cycle = signing.plan(contract.plan_id), signing.open_cycle(contract_id)
    action = rules.action(contract, plan, cycle, moment)
    if action is Action.NOTHING:
        return None
    change = change_rows.open_of(contract_id)
    if change is not None and change.status == ChangeStatus.CHARGING:
        _take(contract, moment)
        return _Decide(change.id)
    if cycle is not None and cycle.order_id is not None:
        _take(contract, moment)
        if action is Action.ABANDON:
            return _Abandon(cycle.order_id)
        needs_reservation = _needs_reservation(cycle.order_id)
        attempt_id = None
        if contract.channel_account_id is not None and contract.try_count:
            attempt_id = signing.name_try(cycle)
        return _try(contract, cycle.id, cycle.order_id, needs_reservation=needs_reservation, attempt_id=attempt_id)
    if action is Action.RESUME:
        resume_here(contract, plan, moment, actor="system")
        return True
    if action is Action.BEGIN:
        contract = changes.apply_scheduled(contract) if change is not None else contract
        return _begin(contract, signing.plan(contract.plan_id), moment)
    signing.end(contract, EndReason.CANCELLED if action is Action.CANCEL else EndReason.EXPIRED, actor="system")
    return True


def resume_here(contract: Contract, plan: Plan, moment: datetime, *, actor: str) -> None:
    """In the caller's phase, with the contract locked: let it run again. Within the period that is paid its calendar
    stays as it was; later than that, or when it stayed unpaid, a new one begins at this moment."""
    last, anchor, runs_from = signing.last_cycle(contract.id), rules.anchor_of(contract), contract.runs_from
    if last is None or last.ends_at <= moment or last.status == CycleStatus.UNPAID:
        runs_from = moment.replace(microsecond=0)
        anchor = rules.next_anchor(contract, plan, runs_from)
    signing.begin_again(contract, anchor, runs_from=runs_from, actor=actor)


def _begin(contract: Contract, plan: Plan, moment: datetime) -> _Charge | bool:
    """Write what was missed, and the cycle that is charged now with its order."""
    skipped, number = rules.cycle_to_charge(contract, plan, moment)
    anchor, interval = rules.anchor_of(contract), rules.interval_of(plan)
    nothing = Money(0, contract.currency)
    for each in skipped:
        span = rules.span_of(anchor, interval, each, runs_from=contract.runs_from)
        signing.add_cycle(contract.id, each, span, amount=nothing, order_id=None, is_due=False)
    if number is None:
        signing.skipped_to(contract, plan, skipped[-1])
        return True
    span = rules.span_of(anchor, interval, number, runs_from=contract.runs_from)
    unit = rules.unit_price(plan, rules.price_of(contract), anchor, number, runs_from=contract.runs_from)
    price = Money(unit.minor * contract.quantity, unit.currency)
    order_id, used_minor = new_id(), changes.use_credit(contract, price)
    command = PlaceOrderCommand(
        items=[OrderItem(contract.sku_id, contract.quantity)],
        buyer=Buyer(reference=contract.buyer_reference, email=contract.buyer_email, phone=contract.buyer_phone),
        currency=contract.currency,
        details={"metadata": contract.details, "locale": contract.locale},
        contract=ContractOrder(
            contract_id=contract.id,
            unit_minor=unit.minor,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            expires_at=rules.payable_until(plan, moment),
            is_renewal=True,
            credit_minor=used_minor,
        ),
    )
    placed = write_order(order_id, command)
    amount = Money(placed.total_minor, placed.currency)
    cycle_id = signing.add_cycle(contract.id, number, span, amount=amount, order_id=order_id, credit_minor=used_minor)
    _take(contract, moment, blocked_at=None, blocked_code=None)  # it is ordered, so nothing blocks it
    return _try(contract, cycle_id, order_id, needs_reservation=placed.needs_remote_reservation)


def _try(
    contract: Contract,
    cycle_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    needs_reservation: bool,
    attempt_id: uuid.UUID | None = None,
) -> _Charge:
    number, deduction = contract.try_count + 1, None
    if contract.channel_account_id is not None:
        mandate = mandates.of_contract(contract.id)
        is_in_force = mandate is not None and mandate.status == MandateStatus.ACTIVE
        deduction = _Deduction(
            contract.channel_account_id,
            attempt_id or deduction_id(cycle_id),
            some(mandate).contract_no if is_in_force else None,
        )
    return _Charge(contract.id, cycle_id, order_id, contract.channel, number, needs_reservation, deduction)


def deduction_id(cycle_id: uuid.UUID) -> uuid.UUID:
    """The attempt that is the first try of a cycle: the same for whoever makes it, however often. Later tries are named
    in the cycle's row: an attempt's id tells when it was made, and companies are asked about that time."""
    return derive(cycle_id, "deduction")


def _take(contract: Contract, moment: datetime, **more: None) -> None:
    """Nobody else acts on the contract for a while."""
    signing.move(contract, contract.status, reason="", actor="system", acts_at=moment + rules.LEASE, **more)


def _needs_reservation(order_id: uuid.UUID) -> bool:
    mine = orders.c.business_id == db.here(), orders.c.id == order_id
    return bool(db.scalar(select(orders.c.needs_remote_reservation).where(*mine)))


def _charge(business_id: uuid.UUID, step: _Charge) -> None:
    code: str | None = None
    crash.point("renew_contracts.charge.before")
    try:
        if step.needs_remote_reservation:
            reserve_remotely.reserve(business_id, step.order_id)
        _pay(business_id, step)
    except PaymentInProgress:
        pass  # told before: how it stands is in the order
    except NoChannel as error:
        if step.deduction is not None:
            # The company was not called: that is no refusal of the buyer's, and uses up none of the plan's tries.
            blocked_by = error.code
            in_phase("renew_contracts.wait", business_id, lambda: _wait(step, blocked_by))
            return
        code = error.code
    except AppError as error:
        code = error.code
    crash.point("renew_contracts.charge.after")
    in_phase("renew_contracts.conclude", business_id, lambda: _conclude(step, code))


def _pay(business_id: uuid.UUID, step: _Charge) -> None:
    """From the wallet, or by the mandate; an order that costs nothing is paid by itself.

    Raises:
        ContractState: there is no mandate in force.
    """
    deduction = step.deduction
    if deduction is None or _is_free(business_id, step.order_id):
        pay_order.pay_order(
            business_id,
            step.order_id,
            channel=step.channel,
            scene=scene_of(step.channel),
            request_id=derive(step.cycle_id, f"try {step.number}"),
        )
        return
    if deduction.contract_no is None:
        raise ContractState(NO_MANDATE, "The buyer’s mandate is not in force.")
    deduct_order.deduct_order(
        business_id,
        step.order_id,
        account_id=deduction.account_id,
        contract_no=deduction.contract_no,
        attempt_id=deduction.attempt_id,
    )


def _is_free(business_id: uuid.UUID, order_id: uuid.UUID) -> bool:
    with db.reading(business_id):
        return not db.scalar(
            select(orders.c.total_minor).where(orders.c.business_id == business_id, orders.c.id == order_id)
        )


def _wait(step: _Charge, code: str) -> None:
    contract, cycle = signing.lock(step.contract_id), signing.open_cycle(step.contract_id)
    if cycle is not None and cycle.id == step.cycle_id:
        signing.blocked(contract, code, until=clock.now() + rules.BLOCKED_FOR)


def _conclude(step: _Charge, code: str | None) -> None:
    """How the try ended: a paid order has moved the contract on by itself, an undecided one is looked at again when
    somebody knows, a refused one is tried again later."""
    order = lock_order(step.order_id)
    contract, cycle = signing.lock(step.contract_id), signing.open_cycle(step.contract_id)
    if cycle is None or cycle.id != step.cycle_id or contract.try_count + 1 != step.number:
        return
    if order.status == OrderStatus.PAYING or order.status not in PAYABLE:
        return
    code = code or queries.last_decline(order.id)
    signing.refused(contract, cycle, code=code, is_hard=step.deduction is not None and code in HARD_DECLINES)
    if code in MANDATE_GONE:
        mandates.check_soon(contract.id)


def _postpone(contract_id: uuid.UUID, code: str) -> None:
    """Try again later, and say that it is blocked: the sweep of cases puts it before people."""
    contract = signing.lock_if_free(contract_id)
    if contract is not None and contract.acts_at is not None and contract.acts_at <= clock.now():
        signing.blocked(contract, code, until=clock.now() + rules.BLOCKED_FOR)


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By business, without those that are busy."""
    with db.system_reading():
        rows = db.rows(
            select(contracts.c.business_id, contracts.c.id)
            .where(contracts.c.acts_at <= clock.now(), contracts.c.business_id.not_in(busy.partitions))
            .order_by(contracts.c.acts_at)
            .limit(BATCH)
        )
        return [(row.business_id, (row.business_id, row.id)) for row in rows]
