"""An outside answer becomes our state, under the order's row lock. Whoever comes second changes nothing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Literal, NotRequired, TypedDict

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from app.core import clock, db, outbox, states
from app.core.errors import NotFound
from app.core.money import Money
from app.core.states import RowState
from app.domain.ledger import service as ledger
from app.domain.orders.models import Order
from app.domain.orders.states import ORDER, PAYABLE, OrderStatus
from app.domain.payments import day_totals, rules
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import PAYING_KINDS
from app.domain.payments.states import (
    ATTEMPT,
    DECIDED,
    TRANSACTION,
    UNDECIDED,
    UNSUCCESSFUL,
    AttemptStatus,
    TransactionStatus,
)
from app.domain.reconciliation import service as cases
from app.domain.signing import service as signing
from app.workflow.steps.ledger import postings
from app.workflow.steps.orders.mark_paid import lock_session, mark_paid, read_ahead
from app.workflow.steps.payments import finalise_refund, hash_payer, wallet_portion
from app.workflow.steps.wallets import finalise_movement, return_movement

Source = Literal["answer", "notice", "query", "close", "manual"]


# The order (None for a movement without one), locked, and the attempt.
Locked = tuple[Order | None, FullAttempt]


orders = db.table(Order)


# Row after row by its key: a join would be planned once per connection, perhaps while the tables were small.
_TRANSACTION_OF = select(payments.attempts.c.transaction_id).where(
    payments.attempts.c.business_id == db.HERE, payments.attempts.c.id == bindparam("attempt")
)


_ORDER_ID_OF = select(payments.transactions.c.order_id).where(
    payments.transactions.c.business_id == db.HERE,
    payments.transactions.c.id == _TRANSACTION_OF.scalar_subquery(),
)


_ORDER_OF = db.prepared(
    select(orders)
    .where(orders.c.business_id == db.HERE, orders.c.id == _ORDER_ID_OF.scalar_subquery())
    .with_for_update()
)


def is_number_taken(error: IntegrityError) -> bool:
    """Whether a phase was refused because the company's number that it was to keep belongs to another attempt."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) == "uq_payment_attempts_channel_ref"


def refuse_number(locked: Locked, outcome: Outcome) -> str:
    """In the caller's phase: the company named a number for this attempt that is another one's. One of the two is
    wrong, so nothing of it is applied and it is put before people. The attempt's status, which stays undecided."""
    _, attempt = locked
    payments.log_exchanges(attempt.id, outcome.exchanges)
    other = payments.attempt_by_number(attempt.channel_account_id, outcome.channel_ref or "")
    cases.open_case(
        "channel_ref_used",
        subject_id=attempt.id,
        order_id=attempt.order_id,
        details={
            "channel_ref": outcome.channel_ref,
            "other_attempt_id": str(other) if other is not None else None,
            "said": outcome.status,
        },
        money=Money(attempt.amount_minor, attempt.currency),
    )
    if attempt.status != AttemptStatus.READY:
        return str(attempt.status)
    unclear = Outcome(status="unknown", message="the payment company’s number belongs to another payment")
    return _move(attempt, AttemptStatus.UNKNOWN, unclear, "answer", applied=attempt.applied).status


def lock(attempt_id: uuid.UUID) -> Locked:
    """The attempt's order, locked (or its transaction, when it has no order), and then the attempt as it is now.

    Raises:
        NotFound: there is no such attempt.
    """
    payments.read_attempt_ahead(attempt_id)
    order = db.first(_ORDER_OF, attempt=attempt_id)
    if order is None:
        payments.lock_transaction_of(attempt_id)
    attempt = payments.attempt(attempt_id)
    if attempt is None:
        raise NotFound("not_found", "There is no such attempt.")
    return order, attempt


def apply(locked: Locked, outcome: Outcome, *, source: Source, is_followed: bool = False) -> str:
    """Apply the outcome in the caller's phase to an attempt whose order is locked; the attempt's new status. When it
    `is_followed` by another attempt in the same phase, the order goes on being paid."""
    order, attempt = locked
    amount = Money(attempt.amount_minor, attempt.currency)
    verdict = rules.judge(
        outcome, status=attempt.status, amount=amount, created_at=attempt.created_at, moment=clock.now()
    )
    payments.log_exchanges(attempt.id, outcome.exchanges)
    if verdict.mismatch:
        _mismatch(attempt, outcome)
    if attempt.status == AttemptStatus.SUCCEEDED:
        _note_undone(attempt, outcome)
    if outcome.status == "unsent" and source == "query":
        _was_not_polled(attempt)
    if verdict.to == attempt.status and not _has_news(attempt, outcome):
        return str(attempt.status)
    applied = _counts(order, attempt, verdict.to)
    state = _move(attempt, verdict.to, outcome, source, applied=applied)
    if state.status == attempt.status:
        return state.status
    if state.status in DECIDED:
        _no_more_worry(attempt)
    if order is None:
        finalise_movement.finalise(attempt, state.status)
    elif attempt.kind == "refund":
        finalise_refund.finalise(order, attempt, state.status, why=outcome.decline_code)
    else:
        _finalise_charge(order, attempt, state.status, applied=applied, is_followed=is_followed)
    return state.status


def _has_news(attempt: FullAttempt, outcome: Outcome) -> bool:
    """A pending attempt may still learn how the buyer goes on, or the company's number."""
    return attempt.status == AttemptStatus.PENDING and bool(
        (outcome.action and outcome.action != attempt.action)
        or (outcome.channel_ref and outcome.channel_ref != attempt.channel_ref)
    )


def _counts(order: Order | None, attempt: FullAttempt, to: str) -> bool:
    """Whether money that now arrives is the order's: a charge only while the order waits to be paid, and when the
    buyer's wallet can bear what the charge leaves missing."""
    if order is not None and to == AttemptStatus.SUCCEEDED and attempt.kind in PAYING_KINDS:
        missing = Money(order.total_minor - attempt.amount_minor, order.currency)
        if order.status not in PAYABLE or not missing.minor:
            return order.status in PAYABLE
        lock_session(order)  # before the wallet, which comes after it
        return wallet_portion.can_bear(order, missing)
    return bool(attempt.applied)


class _Columns(TypedDict):
    channel_ref: str | None
    decline_code: str | None
    applied: bool
    poll_count: int
    next_poll_at: datetime | None
    decided_at: datetime | None
    action: NotRequired[dict[str, Any]]
    means_hash: NotRequired[int | None]
    recheck_at: NotRequired[datetime | None]


def _move(attempt: FullAttempt, to: str, outcome: Outcome, source: Source, *, applied: bool) -> RowState:
    moment = clock.now()
    undecided = to in UNDECIDED
    # What was not decided before starts the schedule of polls anew when something new was heard.
    poll_count = attempt.poll_count if undecided and attempt.status == to else 0
    columns: _Columns = {
        "channel_ref": attempt.channel_ref or outcome.channel_ref,
        "decline_code": outcome.decline_code or attempt.decline_code,
        "applied": applied,
        "poll_count": poll_count,
        "next_poll_at": _next_poll(attempt, to, poll_count) if undecided else None,
        "decided_at": None if undecided else moment,
    }
    if to == AttemptStatus.SUCCEEDED and attempt.kind in rules.PAID_OUT:
        can = registry.capabilities(attempt.channel)
        columns["recheck_at"] = rules.next_recheck(can, attempt.kind, decided_at=moment, moment=moment)
    if outcome.action:
        columns["action"] = outcome.action
    if outcome.means and to == AttemptStatus.FAILED:
        columns["means_hash"] = hash_payer.of_means(attempt.channel, outcome.means)
    if to == attempt.status:
        db.write(db.change(ATTEMPT.model, attempt.id, **columns), expect=1)
        return RowState(attempt.id, to, attempt.version)
    _count(attempt, to)
    reason = outcome.message or outcome.decline_code or source
    return states.advance(
        ATTEMPT,
        attempt,
        to,
        reason=reason,
        actor=f"channel:{attempt.channel}",
        aggregate_id=attempt.order_id or attempt.transaction_id,
        payload=_about(attempt),
        **columns,
    )


def _count(attempt: FullAttempt, to: str) -> None:
    """What is not paid counts no more towards the account's daily limit, and again when it is paid after all."""
    if attempt.limit_day is not None and (attempt.status in UNSUCCESSFUL) != (to in UNSUCCESSFUL):
        amount = Money(attempt.amount_minor, attempt.currency)
        sign: Literal[1, -1] = -1 if to in UNSUCCESSFUL else 1
        day_totals.count(attempt.channel_account_id, attempt.id, amount, attempt.limit_day, sign=sign)


def _about(attempt: FullAttempt) -> dict[str, Any]:
    """What an event about the attempt names besides it."""
    order = {"order_id": str(attempt.order_id)} if attempt.order_id else {}
    return {**order, "transaction_id": str(attempt.transaction_id)}


def _next_poll(attempt: FullAttempt, status: str, poll_count: int) -> datetime:
    can = registry.capabilities(attempt.channel)
    return rules.next_poll(
        can, attempt.kind, status=status, poll_count=poll_count, moment=clock.now(), since=attempt.created_at
    )


def _was_not_polled(attempt: FullAttempt) -> None:
    """The question was not put: it does not count, and is put as soon as the company can be reached again."""
    if attempt.next_poll_at is not None:
        soon = clock.now() + timedelta(seconds=rules.UNSENT_PAUSE_S)
        db.write(
            db.change(ATTEMPT.model, attempt.id, poll_count=max(attempt.poll_count - 1, 0), next_poll_at=soon), expect=1
        )


def _no_more_worry(attempt: FullAttempt) -> None:
    """It was undecided for so long that it was put before people; now it is decided."""
    can = registry.capabilities(attempt.channel)
    if rules.is_for_people(can, attempt.kind, since=attempt.created_at, moment=clock.now()):
        cases.resolve_case("undecided_long", attempt.id, reason="decided")


def _mismatch(attempt: FullAttempt, outcome: Outcome) -> None:
    reported = {"minor": outcome.amount.minor, "currency": outcome.amount.currency} if outcome.amount else None
    cases.open_case(
        "amount_mismatch",
        subject_id=attempt.id,
        order_id=attempt.order_id,
        details={"said": reported, "ours": {"minor": attempt.amount_minor, "currency": attempt.currency}},
        money=Money(attempt.amount_minor, attempt.currency),
    )


def _note_undone(attempt: FullAttempt, outcome: Outcome) -> None:
    """A bank sent back what had gone out: the money is with the company again, and a person must find another way,
    unless the company says later that it has gone out after all."""
    if attempt.kind not in ("refund", "top_up", *rules.PAID_OUT):
        return
    kind = f"{attempt.kind}_undone"
    if outcome.status == "succeeded":
        cases.resolve_case(kind, attempt.id, reason="reported as succeeded again")
    if outcome.status not in ("failed", "returned"):
        return
    if attempt.kind in rules.PAID_OUT:
        return_movement.give_back(attempt, outcome)
        return
    cases.open_case(
        kind,
        subject_id=attempt.id,
        order_id=attempt.order_id,
        details={"decline_code": outcome.decline_code, "message": outcome.message},
        money=Money(attempt.amount_minor, attempt.currency),
    )


def _finalise_charge(order: Order, attempt: FullAttempt, to: str, *, applied: bool, is_followed: bool) -> None:
    """Ledger, transaction, order and reservations after a charge's attempt was decided."""
    if to == AttemptStatus.SUCCEEDED:
        if applied:
            _paid(order, attempt)
        else:
            _surplus(order, attempt)
    elif to in UNSUCCESSFUL:
        ledger.void(attempt.journal_id)
        if attempt.amount_minor != order.total_minor and not is_followed:
            wallet_portion.release(order.id, reason=f"payment {to}", attempt_id=attempt.id)
        if order.status == OrderStatus.PAYING and not is_followed:
            states.advance(
                ORDER,
                order,
                OrderStatus.CREATED,
                reason=f"payment {to}",
                actor="system",
                payload={"order_id": str(order.id)},
            )


def _paid(order: Order, attempt: FullAttempt) -> None:
    if order.contract_id is not None:
        signing.lock(order.contract_id)  # before the accounts of the ledger, which come after it
    read_ahead(order)
    if attempt.status in UNSUCCESSFUL:
        # Its held money was let go when the company said no; now it is posted afresh.
        ledger.post_after_void(attempt.journal_id)
    else:
        ledger.post(attempt.journal_id)
    transaction = RowState(attempt.transaction_id, attempt.transaction_status, attempt.transaction_version)
    states.advance(
        TRANSACTION,
        transaction,
        TransactionStatus.SUCCEEDED,
        reason="paid",
        actor="system",
        aggregate_id=order.id,
        payload={"order_id": str(order.id)},
        decided_at=clock.now(),
    )
    if attempt.transaction_status != TransactionStatus.OPEN:
        # It was given up for a charge of another amount, which nobody needs any more.
        other = payments.open_charge(order.id)
        if other is not None:
            payments.cancel_open_charge(other, order_id=order.id, reason="paid otherwise", actor="system")
    mark_paid(order, reason="payment succeeded", actor=f"channel:{attempt.channel}")
    missing = Money(order.total_minor - attempt.amount_minor, order.currency)
    if missing.minor:
        wallet_portion.take(order, missing, paid=attempt)


def _surplus(order: Order, attempt: FullAttempt) -> None:
    """Money for an order that is closed or paid already, or whose wallet cannot bear its share any more: kept apart in
    the books, and sent back by itself."""
    if attempt.status not in UNSUCCESSFUL:
        ledger.void(attempt.journal_id)
    ledger.post_now(postings.charge_unapplied(attempt))
    kind = "late_payment" if order.status == OrderStatus.CLOSED else "surplus_payment"
    money = Money(attempt.amount_minor, attempt.currency)
    about = {"order_status": order.status}
    cases.open_case(kind, subject_id=attempt.id, order_id=order.id, details=about, money=money)
    outbox.emit(
        "payment.surplus",
        aggregate_id=order.id,
        payload={"order_id": str(order.id), "attempt_id": str(attempt.id), "kind": kind},
    )
