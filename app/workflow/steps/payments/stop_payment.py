"""Asking the rules of the business about a payment that is about to begin, and what
they stop: an order is closed that they refuse, and waits for a person where they ask for a review."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.core import db
from app.domain.orders.models import Order
from app.domain.orders.states import SessionStatus
from app.domain.orders.types import Placed
from app.domain.risk.errors import BLOCKED, RiskBlocked, RiskUnderReview
from app.domain.risk.types import DecisionSubject, Result, has_rules_for
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.mark_closed import end_its_session, mark_closed
from app.workflow.steps.payments import hash_payer
from app.workflow.steps.payments.release_order import release_order
from app.workflow.steps.payments.select_account import SelectedAccount
from app.workflow.steps.risk import decide_payment, hold_for_review
from app.workflow.steps.risk.decide_payment import NOTHING_DECIDED, Decided, Payment


@dataclass(frozen=True)
class Stopped:
    """A payment that rules stopped. The phase is to be committed, with the decision and the order that was closed or
    waits; then `error` is raised."""

    error: RiskBlocked | RiskUnderReview


def ask_rules(
    order: Order | Placed, chosen: SelectedAccount, *, attempt_id: uuid.UUID, buyer_ip: str | None
) -> Decided:
    """In the open phase, with the order locked or just placed: what the business's rules say to the payment, not kept
    yet. Of a business without rule sets nothing is asked."""
    account = chosen.choice.account
    sets = [each for each in account.risk_sets or () if has_rules_for(each, DecisionSubject.PAYMENT)]
    if not sets:
        return NOTHING_DECIDED
    payer: dict[str, str] = order.details.get("payer", {})
    address = buyer_ip or payer.get("buyer_ip")
    payment = Payment(
        attempt_id=attempt_id,
        channel=account.channel,
        time_zone=account.time_zone,
        address=address,
        address_hash=hash_payer.of_address(address),
    )
    return decide_payment.decide(order, payment, sets)


def stop_payment(order: Order | Placed, decided: Decided) -> Stopped | None:
    """Stop what rules do not allow: a block is kept and closes the order with what it held, a review is opened, once.
    None where the payment may begin, which keeps the decision then."""
    if decided.result == Result.ALLOW:
        return None
    if decided.result == Result.REVIEW:
        return Stopped(RiskUnderReview(order.id)) if hold_for_review.hold(order, decided) else None
    decided.keep()
    db.flush()
    close_blocked(lock_order(order.id), actor="system")
    return Stopped(RiskBlocked())


def close_blocked(row: Order, *, actor: str) -> None:
    """Close the locked order that may not be paid, with its session and what it held."""
    mark_closed(row, reason=BLOCKED, actor=actor)
    if row.session_id is not None:
        end_its_session(row.session_id, SessionStatus.CANCELLED)
    release_order(row, reason=BLOCKED, actor=actor)
