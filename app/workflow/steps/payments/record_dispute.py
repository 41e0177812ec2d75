"""What a company says of a dispute, brought into the books: the state follows, its money is held, released or booked
away, and people are told while an answer is due."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast

from app.core import clock, db, states
from app.core.money import Money
from app.domain.ledger import service as ledger
from app.domain.ledger.service import Posting
from app.domain.orders.models import Order
from app.domain.payments import service as payments
from app.domain.payments.channels.types import DisputeOutcome
from app.domain.payments.disputes import service as disputes
from app.domain.payments.disputes.models import Dispute
from app.domain.payments.disputes.states import DISPUTE, LOST, OPEN, DisputeStatus
from app.domain.reconciliation import service as cases
from app.workflow.steps.orders import refund_lines
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.request_clearing import request_clearing
from app.workflow.steps.payments.named_attempt import named_attempt

CASE = "dispute_open"
NOTHING_SAID = ("unknown", "unsent", "absent", "failed")
MAX_TEXT_LENGTH = 200


def record(dispute_id: uuid.UUID, outcome: DisputeOutcome, *, told: str | None = None) -> str:
    """In the caller's phase: keep what the company answered about the dispute when it was `told` an action, or asked;
    how it stands now. The order is locked before the dispute. What has ended stays as it is.

    Emits the edge's `dispute.*`."""
    known = disputes.one(dispute_id)
    assert known is not None  # it was asked about
    attempt_id = known.attempt_id
    if attempt_id is None:
        account_id = known.channel_account_id
        attempt_id = named_attempt(account_id, our_ref=outcome.our_ref, channel_ref=outcome.channel_ref)
    attempt = payments.attempt(attempt_id) if attempt_id is not None else None
    order = lock_order(attempt.order_id) if attempt is not None and attempt.order_id is not None else None
    dispute = disputes.lock(dispute_id)
    assert dispute is not None
    payments.log_account_exchanges(dispute.channel_account_id, outcome.exchanges, subject_id=dispute_id)
    if dispute.status not in OPEN:
        return dispute.status
    if outcome.status in NOTHING_SAID:
        _put_off(dispute, outcome)
        return dispute.status
    to = DisputeStatus(outcome.status)
    if to == DisputeStatus.LOST and told == "accept":
        to = DisputeStatus.ACCEPTED
    changes: dict[str, Any] = {
        "attempt_id": attempt_id,
        "order_id": order.id if order is not None else None,
        "kind": outcome.kind,
        "reason_code": (outcome.reason or dispute.reason_code)[:MAX_TEXT_LENGTH],
        "due_at": outcome.due_at or dispute.due_at,
        "next_poll_at": disputes.next_poll(to, dispute.poll_count),
        "decided_at": None if to in OPEN else clock.now(),
        "error": "",
    }
    if told == dispute.action or to not in OPEN:
        changes["action"] = None
    money = outcome.amount or _known(dispute)
    if money is not None:
        changes |= {"amount_minor": money.minor, "currency": money.currency}
        changes |= _book(dispute, outcome, to, money, order)
    _move(dispute, to, changes)
    _tell(dispute, to, changes, order)
    return to


def _put_off(dispute: Dispute, outcome: DisputeOutcome) -> None:
    """The company did not say how the dispute stands: it is asked again. A refused action is given up."""
    is_refused = outcome.status == "failed"
    changed = db.change(
        Dispute,
        dispute.id,
        next_poll_at=disputes.next_poll(dispute.status, dispute.poll_count),
        action=None if is_refused else dispute.action,
        error=(outcome.message or "refused")[:MAX_TEXT_LENGTH] if is_refused else dispute.error,
    )
    db.write(changed, expect=1)


def _known(dispute: Dispute) -> Money | None:
    if dispute.amount_minor is None:
        return None
    return Money(dispute.amount_minor, cast(str, dispute.currency))


def _book(dispute: Dispute, outcome: DisputeOutcome, to: str, money: Money, order: Order | None) -> dict[str, int]:
    """Post what the company took, gave back, kept and charges since it was asked last; the dispute's new amounts."""
    lost, held = 0, dispute.held_minor
    if to == DisputeStatus.PARTLY_LOST:
        lost = outcome.lost_minor or 0
    elif to in LOST:
        lost = money.minor if outcome.taken_minor is None else outcome.taken_minor
    wanted = lost
    if to in OPEN:
        wanted = held if outcome.taken_minor is None else outcome.taken_minor
    _post(dispute, "dispute_held" if wanted > held else "dispute_released", abs(wanted - held), money.currency, order)
    fee = dispute.fee_minor if outcome.fee_minor is None else outcome.fee_minor
    more = fee - dispute.fee_minor
    _post(dispute, "dispute_fee" if more > 0 else "dispute_fee_returned", abs(more), money.currency, order)
    if to in OPEN:
        return {"held_minor": wanted, "fee_minor": fee}
    _post(dispute, "dispute_lost", lost, money.currency, order)
    if order is not None and lost and order.currency == money.currency:
        _take_from_lines(dispute.id, order, lost)
    return {"held_minor": 0, "lost_minor": lost, "fee_minor": fee}


def _post(dispute: Dispute, template: str, minor: int, currency: str, order: Order | None) -> None:
    if not minor:
        return
    account = str(dispute.channel_account_id)
    ledger.post_now(
        Posting(
            template=template,
            money=Money(minor, currency),
            subject_id=dispute.id,
            order_id=order.id if order is not None else None,
            debit_owner="" if template == "dispute_lost" else account,
            credit_owner=account,
        )
    )


def _take_from_lines(dispute_id: uuid.UUID, order: Order, lost: int) -> None:
    """Divide what was lost over what is left of the order's lines; clearing takes it back from their parties."""
    left = sum(refund_lines.rests_of(order.id).values())
    if not left:
        return
    parts = refund_lines.spread(order, Money(min(left, lost), order.currency))
    disputes.add_lines(dispute_id, parts, currency=order.currency)
    if order.clears_on is not None:
        request_clearing(order.id)


def _move(dispute: Dispute, to: str, changes: Mapping[str, Any]) -> None:
    if to == dispute.status:
        db.write(db.change(Dispute, dispute.id, **changes), expect=1)
        return
    payload = {"channel_account_id": str(dispute.channel_account_id)}
    if changes["order_id"] is not None:
        payload["order_id"] = str(changes["order_id"])
    reason = changes["reason_code"] or "said by the company"
    states.advance(DISPUTE, dispute, to, reason=reason, actor=dispute.action_by or "system", payload=payload, **changes)


def _tell(dispute: Dispute, to: str, changes: Mapping[str, Any], order: Order | None) -> None:
    """A case stands open for as long as the merchant's answer is due."""
    if to != DisputeStatus.NEEDS_RESPONSE:
        cases.resolve_case(CASE, dispute.id, reason=f"the dispute is {to.replace('_', ' ')}")
        return
    due_at = changes["due_at"]
    cases.open_case(
        CASE,
        subject_id=dispute.id,
        order_id=order.id if order is not None else None,
        details={"reason": changes["reason_code"], "due_at": due_at.isoformat() if due_at else None},
        money=Money(changes["amount_minor"], changes["currency"]) if "amount_minor" in changes else None,
    )
