"""What would mend a case: each action looks first at what it would do, and then does it by the use case that people and
programs have for it anyway, with its approvals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from app.core import db, ids
from app.core.db.models import EventStatus, OutboxEvent
from app.core.errors import NotFound
from app.core.money import Money, format_money
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import Order
from app.domain.orders.reservations.models import Reservation
from app.domain.payments import service as payments
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.states import UNDECIDED
from app.domain.reconciliation.models import Case
from app.domain.risk.models import RiskReview
from app.domain.webhooks.models import WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus
from app.workflow.fulfilment import deliver_line
from app.workflow.operations import decide_dead_letters
from app.workflow.orders import reserve_remotely, transition_manually
from app.workflow.payments import poll_undecided, refund_order
from app.workflow.risk import manage_reviews
from app.workflow.webhooks import manage_webhooks

attempts, transactions = db.table(PaymentAttempt), db.table(PaymentTransaction)
orders, events = db.table(Order), db.table(OutboxEvent)
CHANGED = "Nothing to do: the status has changed."


@dataclass(frozen=True)
class Look:
    """What a mend would do to a case now, in a sentence; not `is_possible`: why it can do nothing."""

    text: str
    is_possible: bool = True
    money: Money | None = None


@dataclass(frozen=True)
class MendCommand:
    """Who mends which case and why. `mend_id` is the same when the same request comes again."""

    business_id: uuid.UUID
    case: Case
    reason: str
    actor: str
    mend_id: uuid.UUID


@dataclass(frozen=True)
class Mend:
    """One action: what its button says, what it does, which permission it takes, a look in an open reading, and doing
    it outside of any phase. `run` answers what came of it; where a second person has to decide, it raises or answers
    what was requested."""

    key: str
    title: str
    says: str
    permission: str
    look: Callable[[Case], Look]
    run: Callable[[MendCommand], str]
    moves_money: bool = False


def _attempt_of(case: Case) -> PaymentAttempt | None:
    """The attempt that the case is about, or the last one of its transaction."""
    about = (attempts.c.id == case.subject_id) | (attempts.c.transaction_id == case.subject_id)
    query = select(attempts).where(attempts.c.business_id == db.here(), about)
    return db.first(query.order_by(attempts.c.created_at.desc(), attempts.c.id.desc()).limit(1))


def _look_at_poll(case: Case) -> Look:
    row = _attempt_of(case)
    if row is None or (row.status not in UNDECIDED and not case.kind.endswith("_undone")):
        return Look(CHANGED, is_possible=False)
    amount = format_money(row.amount_minor, row.currency)
    return Look(f"Asks {row.channel} for the status of {amount} (now {row.status}) and applies the answer.")


def _poll(command: MendCommand) -> str:
    polled = poll_undecided.poll_attempt(command.business_id, command.case.subject_id, force=True)
    return "Checked. The answer is applied." if polled else CHANGED


def _transition(to: str) -> tuple[Callable[[Case], Look], Callable[[MendCommand], str]]:
    def shown(case: Case) -> str:
        if case.kind in ("delivery_overdue", "deliverable_not_revoked"):
            return ids.show("dlv", case.subject_id)
        row = _attempt_of(case)
        if row is None:
            raise NotFound("not_found", "There is no such attempt.")
        return ids.show("att", row.id)

    def look(case: Case) -> Look:
        try:
            target = transition_manually.find(shown(case))
        except NotFound:  # the case is about the event, not about one delivery
            return Look(CHANGED, is_possible=False)
        if to not in target.targets:
            return Look(CHANGED, is_possible=False)
        text = (
            f"Requests that {target.title.lower()} be changed from {target.status} to {to}. Somebody else approves it."
        )
        return Look(text, money=target.money)

    def run(command: MendCommand) -> str:
        with db.reading(command.business_id):
            target = shown(command.case)
        about = {"reason": command.reason, "actor": command.actor}
        raise transition_manually.request_transition(command.business_id, target, to, **about)

    return look, run


def _rest(case: Case) -> Money | None:
    """What can still be refunded of the case's order."""
    order = db.first(select(orders).where(orders.c.business_id == db.here(), orders.c.id == case.order_id))
    if order is None:
        return None
    left = order.paid_minor - order.refunded_minor - payments.in_flight_minor(order.id)
    return Money(max(left, 0), order.currency)


def _look_at_refund(case: Case, wanted_minor: int | None) -> Look:
    rest = _rest(case)
    if rest is None or not rest.minor:
        return Look("Nothing of this order is left to refund.", is_possible=False)
    money = Money(min(rest.minor, wanted_minor or rest.minor), rest.currency)
    amount = format_money(money.minor, money.currency)
    return Look(f"Refunds {amount} to the buyer. Above your limits, somebody else approves it.", money=money)


def _refund_rest(command: MendCommand) -> str:
    return _refund(command, None)


def _look_at_refund_again(case: Case) -> Look:
    row = _attempt_of(case)
    if row is None or not row.applied:
        return Look(
            "This money belongs to no order. Return it outside Bursar, then record the refund as succeeded.",
            is_possible=False,
        )
    return _look_at_refund(case, case.amount_minor)


def _refund_again(command: MendCommand) -> str:
    with db.reading(command.business_id):
        money = _look_at_refund_again(command.case).money
    return _refund(command, money.minor if money else command.case.amount_minor)


def _refund(command: MendCommand, amount_minor: int | None) -> str:
    if command.case.order_id is None:
        raise NotFound("not_found", "This case has no order.")
    refund_order.refund_order(
        command.business_id,
        command.case.order_id,
        amount_minor=amount_minor,
        reason=command.reason,
        actor=command.actor,
        transaction_id=command.mend_id,
    )
    return "Refund started."


def _look_at_surplus(case: Case) -> Look:
    query = select(transactions.c.status).where(
        transactions.c.business_id == db.here(),
        transactions.c.charge_attempt_id == case.subject_id,
        transactions.c.kind == "refund",
    )
    if db.first(query) is not None:
        return Look("The refund has been started already. If it failed, there is a case of its own.", False)
    return Look("Starts the refund of the whole payment.")


def _refund_surplus(command: MendCommand) -> str:
    refund_order.refund_surplus(command.business_id, command.case.subject_id)
    return "Refund started."


def _look_at_event(text: str) -> Callable[[Case], Look]:
    def look(case: Case) -> Look:
        dead = events.c.status == EventStatus.DEAD
        query = select(events.c.id).where(events.c.business_id == db.here(), events.c.id == case.subject_id, dead)
        return Look(text) if db.first(query) is not None else Look(CHANGED, is_possible=False)

    return look


def _retry_event(command: MendCommand) -> str:
    decide_dead_letters.retry_event(command.business_id, command.case.subject_id)
    return "The event is retried."


def _discard_event(command: MendCommand) -> str:
    decide_dead_letters.discard_event(command.business_id, command.case.subject_id, reason=command.reason)
    return "The event is discarded."


def _look_at_delivery(case: Case) -> Look:
    deliveries = db.table(Delivery)
    query = select(deliveries).where(deliveries.c.business_id == db.here(), deliveries.c.id == case.subject_id)
    row = db.first(query)
    if row is None or row.status != DeliveryStatus.PENDING:
        return Look(CHANGED, is_possible=False)
    return Look(f"Tries to deliver once more, after {row.attempt_count} attempts.")


def _retry_delivery(command: MendCommand) -> str:
    tried = deliver_line.try_again(command.business_id, command.case.subject_id, force=True)
    return "Tried again." if tried else CHANGED


def _look_at_reservation(text: str) -> Callable[[Case], Look]:
    def look(case: Case) -> Look:
        held = db.table(Reservation)
        query = select(held).where(held.c.business_id == db.here(), held.c.id == case.subject_id)
        row = db.first(query)
        is_due = row is not None and row.next_attempt_at is not None and row.target != "extend"
        return Look(text) if is_due else Look(CHANGED, is_possible=False)

    return look


def _retry_reservation(command: MendCommand) -> str:
    told = reserve_remotely.finalise(command.business_id, command.case.subject_id, force=True)
    return "Sent to the merchant system again." if told else CHANGED


def _release_reservation(command: MendCommand) -> str:
    about = {"reason": command.reason, "actor": command.actor}
    reserve_remotely.release(command.business_id, command.case.subject_id, **about)
    return "Released."


def _look_at_endpoint(case: Case) -> Look:
    endpoints = db.table(WebhookEndpoint)
    query = select(endpoints).where(endpoints.c.business_id == db.here(), endpoints.c.id == case.subject_id)
    row = db.first(query)
    if row is None or row.status != EndpointStatus.PAUSED:
        return Look(CHANGED, is_possible=False)
    return Look("Enables the endpoint and sends its queued events.")


def _enable_endpoint(command: MendCommand) -> str:
    manage_webhooks.enable_endpoint(
        command.business_id, command.case.subject_id, skip_waiting=False, actor=command.actor
    )
    return "Enabled. Its queued events are sent."


def _look_at_review(text: str) -> Callable[[Case], Look]:
    def look(case: Case) -> Look:
        row = db.get(RiskReview, case.subject_id)
        why_not = manage_reviews.why_not(row, db.get(Order, row.order_id))
        return Look(why_not, is_possible=False) if why_not else Look(text)

    return look


def _release_payment(command: MendCommand, *, allow_buyer: bool = False) -> str:
    manage_reviews.release(
        command.business_id,
        command.case.subject_id,
        reason=command.reason,
        actor=command.actor,
        allow_buyer=allow_buyer,
    )
    return "Released. The buyer can pay now."


def _refuse_payment(command: MendCommand) -> str:
    about = {"reason": command.reason, "actor": command.actor}
    manage_reviews.refuse(command.business_id, command.case.subject_id, **about)
    return "Refused. The order is closed."


_RETRY, _DISCARD = "Runs the failed work once more.", "Gives the work up for good: it will not happen."
_TELL = "Tells the merchant system the decision once more."
_RELEASE = "Gives the reservation up. The merchant system is not told any more."
_FREE = "Lets the buyer pay this order."
_FREE_AND_ALLOW = "Lets the buyer pay this order, and puts the buyer on the allow list for 30 days."
_REFUSE = "Closes the order. What it held is free again."
_LIST = (
    Mend("poll", "Check status now", "Asks the payment company.", "orders.write", _look_at_poll, _poll),
    *(
        Mend(f"record_{name}", title, "For what you found out elsewhere.", "orders.write", *_transition(to))
        for name, to, title in (
            ("succeeded", "succeeded", "Record as succeeded"),
            ("failed", "failed", "Record as failed"),
            ("delivered", "delivered", "Record as delivered"),
            ("not_delivered", "failed", "Record as not delivered"),
            ("revoked", "revoked", "Record as revoked"),
        )
    ),
    Mend(
        "refund_rest",
        "Refund the order",
        "Refunds what is left of the order.",
        "refunds.write",
        lambda case: _look_at_refund(case, None),
        _refund_rest,
        moves_money=True,
    ),
    Mend(
        "refund_again",
        "Refund again",
        "Makes the refund once more.",
        "refunds.write",
        _look_at_refund_again,
        _refund_again,
        moves_money=True,
    ),
    Mend(
        "refund_surplus",
        "Start the refund",
        "Refunds the payment.",
        "refunds.write",
        _look_at_surplus,
        _refund_surplus,
        moves_money=True,
    ),
    Mend("retry_event", "Retry", _RETRY, "jobs.write", _look_at_event(_RETRY), _retry_event),
    Mend("discard_event", "Discard", _DISCARD, "jobs.write", _look_at_event(_DISCARD), _discard_event),
    Mend(
        "retry_delivery",
        "Deliver again",
        "Tries to deliver.",
        "orders.write",
        _look_at_delivery,
        _retry_delivery,
    ),
    Mend(
        "retry_reservation",
        "Tell again",
        _TELL,
        "orders.write",
        _look_at_reservation(_TELL),
        _retry_reservation,
    ),
    Mend(
        "release_reservation",
        "Release",
        _RELEASE,
        "orders.write",
        _look_at_reservation(_RELEASE),
        _release_reservation,
    ),
    Mend(
        "enable_endpoint",
        "Enable endpoint",
        "Sends events again.",
        "webhooks.write",
        _look_at_endpoint,
        _enable_endpoint,
    ),
    Mend("release_payment", "Release", _FREE, "risk.write", _look_at_review(_FREE), _release_payment),
    Mend(
        "release_and_allow",
        "Release and allow buyer",
        _FREE_AND_ALLOW,
        "risk.write",
        _look_at_review(_FREE_AND_ALLOW),
        partial(_release_payment, allow_buyer=True),
    ),
    Mend("refuse_payment", "Refuse", _REFUSE, "risk.write", _look_at_review(_REFUSE), _refuse_payment),
)
MENDS: dict[str, Mend] = {each.key: each for each in _LIST}
