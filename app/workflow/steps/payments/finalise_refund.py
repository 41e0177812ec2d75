"""What follows when a refund's attempt is decided: ledger, amounts, the order's state, cases."""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock, db, outbox, states
from app.core.db.models import StateChange
from app.core.money import Money
from app.core.states import RowState
from app.domain.ledger import service as ledger
from app.domain.orders.models import Order
from app.domain.orders.states import ORDER, OrderStatus
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels import registry
from app.domain.payments.states import DECIDED, TRANSACTION, UNSUCCESSFUL, TransactionStatus
from app.domain.reconciliation import service as cases
from app.domain.signing import service as signing
from app.lib.some import some
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.orders.request_clearing import request_clearing


def finalise(order: Order, attempt: FullAttempt, to: str, *, why: str | None = None) -> None:
    """In the caller's phase, with the order locked; `attempt` as it was before it became `to`, and `why` it did."""
    if to not in DECIDED:
        return
    succeeded = to == TransactionStatus.SUCCEEDED
    _post(attempt, succeeded=succeeded)
    transaction = RowState(attempt.transaction_id, attempt.transaction_status, attempt.transaction_version)
    states.advance(
        TRANSACTION,
        transaction,
        to,
        reason=attempt.transaction_reason or "refund",
        actor="system",
        aggregate_id=order.id,
        payload={"order_id": str(order.id)},
        decided_at=clock.now(),
    )
    if attempt.status in UNSUCCESSFUL:
        cases.resolve_case("refund_failed", attempt.transaction_id, reason="refunded after all")
    if not attempt.applied:
        _surplus_returned(order, attempt, succeeded=succeeded, why=why)
        return
    refunded = order.refunded_minor + (attempt.amount_minor if succeeded else 0)
    if succeeded:
        outbox.emit(
            "refund.succeeded",
            aggregate_id=order.id,
            payload={
                "order_id": str(order.id),
                "transaction_id": str(attempt.transaction_id),
                "amount_minor": attempt.amount_minor,
                "currency": attempt.currency,
                "to_wallet": registry.capabilities(attempt.channel).is_internal,
            },
        )
        if order.clears_on is not None:
            request_clearing(order.id)
    else:
        cases.open_case(
            "refund_failed",
            subject_id=attempt.transaction_id,
            order_id=order.id,
            details={"decline_code": why},
            money=Money(attempt.amount_minor, attempt.currency),
        )
    _move_order(order, refunded)


def _post(attempt: FullAttempt, *, succeeded: bool) -> None:
    if attempt.status in UNSUCCESSFUL:
        ledger.post_after_void(attempt.journal_id)
    elif succeeded:
        ledger.post(attempt.journal_id)
    else:
        ledger.void(attempt.journal_id)


def _surplus_returned(order: Order, attempt: FullAttempt, *, succeeded: bool, why: str | None) -> None:
    if succeeded:
        for kind in ("late_payment", "surplus_payment"):
            cases.resolve_case(kind, some(attempt.charge_attempt_id), reason="refunded")
    else:
        cases.open_case(
            "refund_failed",
            subject_id=attempt.transaction_id,
            order_id=order.id,
            details={"decline_code": why},
            money=Money(attempt.amount_minor, attempt.currency),
        )


def _move_order(order: Order, refunded_minor: int) -> None:
    """Where the order stands when one refund less is in flight. A full refund ends it; otherwise an order that
    waited for refunds goes back to where it was."""
    rest = order.paid_minor - refunded_minor - payments.in_flight_minor(order.id)
    if refunded_minor == order.paid_minor:
        _advance(order, OrderStatus.REFUNDED, "refunded in full", refunded_minor)
        remote_reservations.cancel(order)
    elif order.status == OrderStatus.REFUNDING and rest > 0:
        _advance(order, _before_refunding(order), "refund failed", refunded_minor)
    elif order.status != OrderStatus.REFUNDING and rest <= 0:
        _advance(order, OrderStatus.REFUNDING, "refund", refunded_minor)
    elif refunded_minor != order.refunded_minor:
        db.write(db.change(Order, order.id, refunded_minor=refunded_minor), expect=1)


def _advance(order: Order, to: str, reason: str, refunded_minor: int) -> None:
    state: Order | RowState = order
    if to == OrderStatus.REFUNDED and order.contract_id is not None:
        signing.refunded(order.id, order.contract_id)
    if to == OrderStatus.REFUNDED and order.status != OrderStatus.REFUNDING:
        # The company refused a refund, so the order went back to where it was; then it was made after all.
        state = states.advance(ORDER, order, OrderStatus.REFUNDING, reason="refunded after all", actor="system")
    states.advance(
        ORDER,
        state,
        to,
        reason=reason,
        actor="system",
        refunded_minor=refunded_minor,
        payload={"order_id": str(order.id)},
    )


def _before_refunding(order: Order) -> str:
    return str(
        db.scalar(
            select(StateChange.from_state)
            .where(
                StateChange.business_id == db.here(),
                StateChange.row_id == order.id,
                StateChange.to_state == OrderStatus.REFUNDING,
            )
            .order_by(StateChange.version.desc())
            .limit(1)
        )
    )
