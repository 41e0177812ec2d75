"""A contract changed by its buyer or its merchant: paused, resumed, cancelled, or kept after all."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.core import clock, db, outbox
from app.core.db.retry import in_phase
from app.core.errors import Invalid
from app.core.money import Money
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import Order
from app.domain.payments import service as payments
from app.domain.signing import change_rows, rules
from app.domain.signing import service as signing
from app.domain.signing.models import Contract
from app.domain.signing.states import ContractStatus, EndReason
from app.domain.signing.types import REFUNDS
from app.workflow.fulfilment import deliver_line
from app.workflow.orders.close_orders import close_order
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.subscriptions.renew_contracts import resume_here


def pause_contract(business_id: uuid.UUID, contract_id: uuid.UUID, *, resumes_at: datetime | None, actor: str) -> None:
    """Charge nothing until somebody resumes the contract, or until `resumes_at`. What is paid is kept to its end.

    Raises:
        NotFound: no such contract. ContractState: it is not running. Invalid: `resumes_at` is past.
    """
    if resumes_at is not None and resumes_at <= clock.now():
        raise Invalid("invalid_pause", "Choose a time in the future.", details={"param": "resumes_at"})
    with db.phase("change_contract.pause", business_id):
        contract = _checked(contract_id, "pause")
        signing.move(
            contract,
            ContractStatus.PAUSED,
            reason="paused",
            actor=actor,
            paused_at=clock.now(),
            resumes_at=resumes_at,
            next_due_at=None,
            acts_at=resumes_at,
        )


def resume_contract(business_id: uuid.UUID, contract_id: uuid.UUID, *, actor: str) -> None:
    """Let a paused contract run again: by its old calendar while a paid period lasts, else by a new one that begins
    now, with a cycle that is charged at once.

    Raises:
        NotFound: no such contract. ContractState: it is not paused.
    """
    with db.phase("change_contract.resume", business_id):
        contract = _checked(contract_id, "resume")
        resume_here(contract, signing.plan(contract.plan_id), clock.now(), actor=actor)


def cancel_at_period_end(business_id: uuid.UUID, contract_id: uuid.UUID, *, actor: str) -> None:
    """Let the contract end when the period that is paid ends; nothing more is charged. One that ends already stays so.

    Raises:
        NotFound: no such contract. ContractState: it does not run, or its cycle is being charged.
    """
    with db.phase("change_contract.cancel", business_id):
        contract = signing.lock(contract_id)
        if contract.cancel_at_period_end:
            return
        rules.check_can(contract, "cancel_at_period_end", open_cycle=signing.open_cycle(contract_id))
        set_cancelled(contract, by=actor)


def uncancel(business_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """Take a cancellation back while the contract still runs: it renews as before.

    Raises:
        NotFound: no such contract. ContractState: it was not cancelled, or has ended.
    """
    with db.phase("change_contract.uncancel", business_id):
        set_cancelled(_checked(contract_id, "uncancel"), by=None)


def cancel_now(business_id: uuid.UUID, contract_id: uuid.UUID, *, actor: str, refund: str | None = None) -> None:
    """End the contract at once: what its running cycle gave is taken back, and a cycle that is being charged is
    closed. `refund` is how much of the running cycle is given back (`none`, `proportional`, `full`; None: as the plan
    says); an event, `contract.refund_due`, follows with the refund, which may need an approval like every other.

    Raises:
        NotFound: no such contract. OrderState: a payment of its open cycle is undecided. ContractState: it has ended.
        Invalid: no such refund.
    """
    if refund is not None and refund not in REFUNDS:
        raise Invalid("invalid_refund", f"Must be one of {', '.join(REFUNDS)}.", details={"param": "refund"})
    with db.phase("change_contract.look", business_id):
        _checked(contract_id, "cancel_now")
        cycle = signing.open_cycle(contract_id)
        open_order = cycle.order_id if cycle is not None else _order_of_change(contract_id)
    if open_order is not None:
        close_order(business_id, open_order, reason="cancelled", actor=actor)
    in_phase("change_contract.cancel_now", business_id, lambda: _end_now(contract_id, actor, refund))


def _order_of_change(contract_id: uuid.UUID) -> uuid.UUID | None:
    """The order of a change that is being paid: it is closed before the contract ends."""
    change = change_rows.open_of(contract_id)
    return change.order_id if change is not None else None


def _checked(contract_id: uuid.UUID, what: str) -> Contract:
    contract = signing.lock(contract_id)
    rules.check_can(contract, what, open_cycle=signing.open_cycle(contract_id))
    return contract


def set_cancelled(contract: Contract, *, by: str | None) -> None:
    """In the caller's phase, with the contract locked: let it end with its period, or take that back (`by` is None).
    It is written with an event of its own, for the state stays what it is."""
    last = signing.last_cycle(contract.id)
    assert last is not None  # it runs, so it was paid
    plan = signing.plan(contract.plan_id)
    following = rules.upcoming(plan, last, is_cancelled=by is not None)
    signing.updated(
        contract,
        cancel_at_period_end=by is not None,
        cancelled_by=by,
        next_due_at=following.due_at,
        acts_at=following.acts_at,
    )


def _end_now(contract_id: uuid.UUID, actor: str, refund: str | None) -> None:
    """The running cycle's order is locked first, then the contract."""
    running = signing.last_paid_cycle(contract_id)
    order = lock_order(running.order_id) if running is not None and running.order_id is not None else None
    contract = signing.lock(contract_id)
    if running is not None and order is not None and running.ends_at > clock.now():
        for delivery in fulfilment.of_order(order.id):
            if delivery.status in (DeliveryStatus.PENDING, DeliveryStatus.DELIVERED):
                deliver_line.take_back(delivery, reason="contract ended")
        if contract.status != ContractStatus.ENDED:
            left = Money(order.paid_minor - order.refunded_minor - payments.in_flight_minor(order.id), order.currency)
            mode = refund or signing.plan(contract.plan_id).cancel_refund
            _owe(contract, order, rules.cancel_refund(mode, running, left=left, moment=clock.now()), actor=actor)
    if contract.status != ContractStatus.ENDED:
        signing.end(contract, EndReason.CANCELLED, actor=actor)


def _owe(contract: Contract, order: Order, money: Money, *, actor: str) -> None:
    """So much goes back, once the contract has ended: the event makes sure of it, whatever happens on the way."""
    if not money.minor:
        return
    outbox.emit(
        "contract.refund_due",
        aggregate_id=contract.id,
        payload={
            "contract_id": str(contract.id),
            "order_id": str(order.id),
            "amount_minor": money.minor,
            "actor": actor,
        },
    )
