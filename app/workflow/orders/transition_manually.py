"""Moving by hand what stands still: people found out what became of it outside, one of them says so with a reason, and
somebody else approves it. Only along edges of the state machine, and by the same steps as when a program finds out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select

from app.core import db, ids
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.core.states import IllegalTransition
from app.domain.accounts.business import rules
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Approval
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.states import DELIVERY, DeliveryStatus
from app.domain.orders.models import Order, OrderLine
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.states import ATTEMPT, AttemptStatus
from app.workflow.fulfilment import deliver_line
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.fulfilment.delivery_kinds import CALLBACK
from app.workflow.steps.payments import apply_result

MAX_REASON_LENGTH = 200
attempts, transactions = db.table(PaymentAttempt), db.table(PaymentTransaction)
deliveries, lines = db.table(Delivery), db.table(OrderLine)


@dataclass(frozen=True)
class TransitionTarget:
    """Something that people may move: where it stands, and where it may go. `what` is attempt or delivery."""

    what: str
    id: uuid.UUID
    status: str
    targets: tuple[str, ...]
    money: Money
    order_id: uuid.UUID | None
    title: str


def get_target(business_id: uuid.UUID, shown: str) -> TransitionTarget:
    """What this id (`att_…` or `dlv_…`) names, with the transitions there are now; none when people have no say in it.

    Raises:
        NotFound: the business has no such attempt or delivery.
    """
    with db.reading(business_id):
        return find(shown)


def request_transition(business_id: uuid.UUID, shown: str, to: str, *, reason: str, actor: str) -> ApprovalNeeded:
    """Ask that it be moved; answers with what says that somebody else was asked: nobody moves anything alone.

    Raises:
        NotFound: there is no such row. IllegalTransition: it cannot go there, now or manually. Invalid: no reason, or
        no person or key requests it. Conflict: somebody requested it already.
    """
    if not rules.is_person_or_key(actor) or not 0 < len(reason.strip()) <= MAX_REASON_LENGTH:
        raise Invalid("reason_needed", "Describe your evidence in a sentence.", details={"param": "reason"})
    with db.phase("transition_manually.request", business_id):
        found = find(shown)
        if to not in found.targets:
            raise IllegalTransition(
                "illegal_state", f"{found.title} is {found.status} and cannot be changed to {to} manually."
            )
        if request_approval.is_requested(found.id):
            raise Conflict("already_requested", "A manual change of this object is already waiting under Approvals.")
        payload = {"what": found.what, "row_id": str(found.id), "from": found.status, "to": to, "title": found.title}
        about: dict[str, Any] = {"money": found.money, "subject_id": found.order_id, "payload": payload}
        approval_id = request_approval.request("transition", new_id(), actor=actor, reason=reason.strip(), **about)
    return request_approval.approval_required(approval_id, f"{found.title}: {found.status} to {to}")


def transition(business_id: uuid.UUID, approval: Approval) -> None:
    """Do what was approved. Safe to call again.

    Raises:
        Conflict: it does not stand any more where it stood when it was asked.
    """
    command, row_id = approval.payload, uuid.UUID(approval.payload["row_id"])
    reason = f"manually: {approval.reason}"
    if command["what"] == "delivery":
        deliver_line.decide_manually(business_id, row_id, seen=command["from"], to=command["to"], reason=reason)
        return
    with db.phase("transition_manually.attempt", business_id):
        locked = apply_result.lock(row_id)
        attempt = locked[1]
        if attempt.status == command["to"]:
            return
        if attempt.status != command["from"]:
            raise Conflict(
                "version_conflict",
                f"The status has changed from {command['from']} to {attempt.status} since the request.",
            )
        if attempt.kind == "refund" and attempt.status == AttemptStatus.FAILED and attempt.applied:
            _check_rest(locked[0], attempt)
        amount = Money(attempt.amount_minor, attempt.currency)
        apply_result.apply(locked, Outcome(status=command["to"], amount=amount, message=reason), source="manual")


def _check_rest(order: Order | None, attempt: FullAttempt) -> None:
    """What was refunded again since it failed is not paid back a second time."""
    assert order is not None  # a refund is an order's
    if order.paid_minor - order.refunded_minor - payments.in_flight_minor(order.id) < attempt.amount_minor:
        raise Conflict(
            "version_conflict", "The amount exceeds what is left of this order; it was refunded in the meantime."
        )


def find(shown: str) -> TransitionTarget:
    """As `get_target`, in the open phase or reading."""
    attempt_id, delivery_id = ids.try_parse(shown, "att"), ids.try_parse(shown, "dlv")
    if attempt_id is not None:
        return _attempt(attempt_id)
    if delivery_id is not None:
        return _delivery(delivery_id)
    raise NotFound("not_found", "Only attempts (att_…) and deliveries (dlv_…) can be changed manually.")


def _attempt(attempt_id: uuid.UUID) -> TransitionTarget:
    joined = and_(transactions.c.business_id == attempts.c.business_id, transactions.c.id == attempts.c.transaction_id)
    query = select(attempts, transactions.c.order_id).join(transactions, joined)
    row = db.first(query.where(attempts.c.business_id == db.here(), attempts.c.id == attempt_id))
    if row is None:
        raise NotFound("not_found", "There is no such attempt.")
    known = registry.CHANNELS.get(row.channel)
    # A bank transfer is confirmed by those who saw it; a wallet is decided at once.
    # A refund that its company did not make is paid back otherwise: that is how it succeeds then.
    open_ = row.status in (AttemptStatus.PENDING, AttemptStatus.UNKNOWN) or (
        row.kind == "refund" and row.status == AttemptStatus.FAILED
    )
    ours = open_ and row.channel != "wallet" and not (known is not None and known.capabilities.is_manual)
    targets = tuple(
        to for to in (AttemptStatus.SUCCEEDED, AttemptStatus.FAILED) if ours and ATTEMPT.allows(row.status, to)
    )
    money = Money(row.amount_minor, row.currency)
    return TransitionTarget(
        "attempt", row.id, row.status, targets, money, row.order_id, f"{row.kind} attempt".capitalize()
    )


def _delivery(delivery_id: uuid.UUID) -> TransitionTarget:
    joined = and_(lines.c.business_id == deliveries.c.business_id, lines.c.id == deliveries.c.line_id)
    query = select(deliveries, lines.c.amount_minor, lines.c.currency, lines.c.title).join(lines, joined)
    row = db.first(query.where(deliveries.c.business_id == db.here(), deliveries.c.id == delivery_id))
    if row is None:
        raise NotFound("not_found", "There is no such delivery.")
    wanted = {
        DeliveryStatus.PENDING: (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED),
        DeliveryStatus.REVOKING: (DeliveryStatus.REVOKED, DeliveryStatus.REVOCATION_FAILED),
        DeliveryStatus.REVOCATION_FAILED: (DeliveryStatus.REVOKED,),
    }.get(row.status, ())
    # What we hand over ourselves is handed over by us, or not at all.
    targets = tuple(
        to
        for to in wanted
        if DELIVERY.allows(row.status, to)
        and (row.kind == CALLBACK or (row.status == DeliveryStatus.PENDING and to == DeliveryStatus.FAILED))
    )
    money = Money(row.amount_minor, row.currency)
    return TransitionTarget("delivery", row.id, row.status, targets, money, row.order_id, f"Delivery of {row.title}")
