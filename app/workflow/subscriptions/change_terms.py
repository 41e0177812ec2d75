"""A running contract is changed: its plan, its quantity or its calendar, now or when its period ends.

A change at once is an ordinary order for the rest of the period, less what the old terms gave back. It is written in
one phase with the change, and paid in the way that the contract is; the terms move in the phase that records the money,
whoever paid. A process that dies on the way leaves a contract that is looked at again after a while
(renew_contracts), and goes on from there.
"""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.errors import AppError
from app.core.ids import derive
from app.core.process import crash
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import Order
from app.domain.orders.states import PAYABLE, OrderStatus
from app.domain.orders.types import Buyer, ContractOrder, OrderItem, PlaceOrderCommand
from app.domain.payments import queries
from app.domain.payments import service as payments
from app.domain.payments.errors import PaymentInProgress
from app.domain.signing import change_rows, changes
from app.domain.signing import service as signing
from app.domain.signing.errors import TermsChanged
from app.domain.signing.models import Contract, ContractChange, PlanPrice
from app.domain.signing.planned_changes import NOW, Planned, plan_change
from app.domain.signing.states import ChangeStatus
from app.domain.signing.types import ChangeTerms
from app.lib.some import some
from app.workflow.fulfilment import deliver_line
from app.workflow.orders import reserve_remotely
from app.workflow.orders.close_orders import close_order
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.mark_paid import mark_free
from app.workflow.steps.orders.write_order import write_order
from app.workflow.subscriptions.pay_by_contract import pay_by_contract

orders, prices = db.table(Order), db.table(PlanPrice)


def preview(business_id: uuid.UUID, contract_id: uuid.UUID, wanted: ChangeTerms) -> Planned:
    """The change as it would be made now. Nothing is written.

    Raises:
        NotFound: no such contract or plan. ContractState, PlanUnavailable, Invalid, PreviewExpired: see `plan_change`.
    """
    with db.reading(business_id):
        return planned_here(signing.look(contract_id), wanted)


def change_contract(
    business_id: uuid.UUID,
    contract_id: uuid.UUID,
    wanted: ChangeTerms,
    *,
    actor: str,
    change_id: uuid.UUID,
    due_minor: int | None = None,
) -> uuid.UUID:
    """Change the contract, or schedule that for the end of its period; the change's id. `due_minor` is what the preview
    said is charged now (None: whatever it is). The same `change_id` again goes on where the first call stopped.

    Raises:
        NotFound: no such contract or plan. ContractState, PlanUnavailable, Invalid, PreviewExpired: see `plan_change`.
            TermsChanged: it does not cost what the preview said. NotOnSale, OutOfStock and what else placing an order
            refuses: nothing was begun. A charge that is refused raises nothing: the change has failed then.
    """
    in_phase(
        "change_terms.write",
        business_id,
        lambda: _write(contract_id, wanted, actor=actor, change_id=change_id, due_minor=due_minor),
    )
    decide(business_id, change_id)
    return change_id


def cancel_change(business_id: uuid.UUID, contract_id: uuid.UUID, change_id: uuid.UUID, *, actor: str) -> None:
    """Take back a change that waits for the end of the period. One that is taken back stays so.

    Raises:
        NotFound: no such contract or change. ContractState: it does not wait any more.
    """
    with db.phase("change_terms.cancel", business_id):
        contract = signing.lock(contract_id)
        if change_rows.get(change_id).status != ChangeStatus.CANCELLED:
            changes.cancel(contract, change_id, actor=actor)


def decide(business_id: uuid.UUID, change_id: uuid.UUID) -> None:
    """Charge what the change costs, if that is not decided, and give up a change whose charge was refused. Safe to call
    again, by anybody."""
    with db.reading(business_id):
        change = change_rows.get(change_id)
    if change.status != ChangeStatus.CHARGING:
        return
    order_id = some(change.order_id)
    code = _charge(business_id, change, order_id)
    crash.point("change_terms.charge.after")
    with db.reading(business_id):
        order = db.get(Order, order_id)
        code = code or queries.last_decline(order_id)
    if order.status == OrderStatus.PAYING or order.status not in PAYABLE:
        return  # paid, or nobody knows yet: the order says so when somebody does
    close_order(business_id, order_id, reason="payment_failed", actor="system")
    in_phase("change_terms.explain", business_id, lambda: _explain(change_id, code))


def take_back_cut(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """What the cycle gave that a change has ended early is taken back: the next one gives it from there on. Safe to
    call again."""

    def take_back() -> None:
        order = lock_order(order_id)
        for delivery in fulfilment.of_order(order.id):
            if delivery.status in (DeliveryStatus.PENDING, DeliveryStatus.DELIVERED):
                deliver_line.take_back(delivery, reason="contract changed")

    in_phase("change_terms.take_back", business_id, take_back)


def planned_here(contract: Contract, wanted: ChangeTerms) -> Planned:
    """In the open phase or read: the change as it would be made at this moment. Raises as `plan_change` does."""
    last = signing.last_cycle(contract.id)
    refunded_minor = 0
    if last is not None and last.order_id is not None:
        order = db.get(Order, last.order_id)
        refunded_minor = order.refunded_minor + payments.in_flight_minor(order.id)
    mine = (
        prices.c.business_id == db.here(),
        prices.c.plan_id == (wanted.plan_id or contract.plan_id),
        prices.c.currency == contract.currency,
    )
    price = db.first(select(prices).where(*mine))
    return plan_change(contract, wanted, price, refunded_minor=refunded_minor, moment=clock.now())


def _write(
    contract_id: uuid.UUID, wanted: ChangeTerms, *, actor: str, change_id: uuid.UUID, due_minor: int | None
) -> None:
    """The running cycle's order is locked first, then the contract."""
    if change_rows.find(change_id) is not None:
        return
    running = signing.last_cycle(contract_id)
    if running is not None and running.order_id is not None:
        lock_order(running.order_id)
    contract = signing.lock(contract_id)
    planned = planned_here(contract, wanted)
    cost = planned.cost
    if due_minor is not None and due_minor != (cost.due.minor if cost is not None else 0):
        raise TermsChanged("terms_changed", "The change costs another amount now. Preview it again.")
    changes.add(contract, planned, actor=actor, change_id=change_id)
    if planned.at != NOW:
        return
    if cost is None:
        changes.apply_in_trial(contract, change_id)
        return
    order_id = derive(change_id, "order")
    moment = clock.now()
    command = PlaceOrderCommand(
        items=[OrderItem(planned.plan.sku_id, planned.quantity)],
        buyer=Buyer(reference=contract.buyer_reference, email=contract.buyer_email, phone=contract.buyer_phone),
        currency=contract.currency,
        details={"metadata": contract.details, "locale": contract.locale},
        contract=ContractOrder(
            contract_id=contract.id,
            unit_minor=cost.unit.minor,
            starts_at=cost.span.starts_at,
            ends_at=cost.span.ends_at,
            expires_at=moment + changes.PAYABLE_FOR,
            is_renewal=True,
            credit_minor=cost.used.minor,
        ),
    )
    placed = write_order(order_id, command)
    changes.charge(contract, change_id, order_id, moment=moment)
    if not placed.total_minor and not placed.needs_remote_reservation:
        mark_free(placed)


def _charge(business_id: uuid.UUID, change: ContractChange, order_id: uuid.UUID) -> str | None:
    """Why it was not paid, if that is known."""
    crash.point("change_terms.charge.before")
    try:
        with db.reading(business_id):
            needs_reservation = db.get(Order, order_id).needs_remote_reservation
        if needs_reservation:
            reserve_remotely.reserve(business_id, order_id)
        pay_by_contract(
            business_id,
            change.contract_id,
            order_id,
            request_id=derive(change.id, "payment"),
            attempt_id=derive(change.id, "deduction"),
        )
    except PaymentInProgress:
        return None  # told before: how it stands is in the order
    except AppError as error:
        return error.code
    return None


def _explain(change_id: uuid.UUID, code: str | None) -> None:
    """Keep why the company refused, in its own word."""
    change = change_rows.get(change_id)
    if change.status == ChangeStatus.FAILED and code:
        db.write(db.change(ContractChange, change_id, failure_code=code[:100]), expect=1)
