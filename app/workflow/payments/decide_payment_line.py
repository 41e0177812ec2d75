"""What the bank did with a line of a payment order, as a person or the bank's own report says: executed, rejected, or
returned later. Whoever says the same again changes nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from app.core import clock, db, states
from app.core.db.retry import in_phase
from app.core.errors import Conflict, Invalid
from app.core.money import Money
from app.domain.payments.channels.types import Outcome
from app.domain.payments.payment_orders import service
from app.domain.payments.payment_orders.models import PaymentOrder, PaymentOrderLine
from app.domain.payments.payment_orders.states import (
    PAYMENT_LINE,
    PAYMENT_ORDER,
    SENT,
    PaymentLineStatus,
    PaymentOrderStatus,
)
from app.workflow.steps.payments import apply_result

MAX_REASON_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class LineDecision:
    """What became of a line: `executed`, `rejected` or `returned`. `reason` is the bank's or the person's; a rejection
    or return needs one."""

    status: PaymentLineStatus
    reason: str = ""


def decide(business_id: uuid.UUID, line_id: uuid.UUID, decision: LineDecision, *, actor: str) -> bool:
    """Record what became of a line: its money is posted (executed), released to where it came from (rejected), or put
    back there (returned). When no line waits any more the order is `completed`, which emits an event. False when it
    was known already.

    Raises:
        NotFound: there is no such line. Invalid: no reason. Conflict: the order was not downloaded, or the line cannot
            become this any more.
    """
    if not decision.reason and decision.status != PaymentLineStatus.EXECUTED:
        raise Invalid("reason_missing", "Enter the reason that the bank gave.", details={"param": "reason"})

    def work() -> bool:
        seen = db.get(PaymentOrderLine, line_id)
        order = db.lock(PaymentOrder, seen.payment_order_id)
        return _decide(order, db.get(PaymentOrderLine, line_id), decision, actor)

    return in_phase("decide_payment_line.decide", business_id, work)


def _decide(order: PaymentOrder, line: PaymentOrderLine, decision: LineDecision, actor: str) -> bool:
    if line.status == decision.status:
        return False
    if order.status not in SENT:
        raise Conflict("not_sent", "Download the file and send it to the bank first.")
    if not PAYMENT_LINE.allows(line.status, decision.status):
        raise Conflict("version_conflict", "This was decided in the meantime. Please review it.")
    _advance(line, decision, actor)
    apply_result.apply(apply_result.lock(line.attempt_id), _outcome(line, decision), source="manual")
    if order.status == PaymentOrderStatus.SENT and not service.count_waiting(order.id):
        states.advance(PAYMENT_ORDER, order, PaymentOrderStatus.COMPLETED, reason="every line is decided", actor=actor)
    return True


def _advance(line: PaymentOrderLine, decision: LineDecision, actor: str) -> None:
    said, moment = decision.reason[:MAX_REASON_LENGTH], clock.now()
    columns: dict[str, Any] = {"decided_by": actor, "decided_at": moment, "bank_reason": said}
    if decision.status == PaymentLineStatus.RETURNED:
        columns = {"returned_by": actor, "returned_at": moment, "return_reason": said}
    states.advance(PAYMENT_LINE, line, decision.status, reason=said or decision.status, actor=actor, **columns)


def _outcome(line: PaymentOrderLine, decision: LineDecision) -> Outcome:
    amount, message = Money(line.amount_minor, line.currency), decision.reason or "executed by the bank"
    if decision.status == PaymentLineStatus.EXECUTED:
        return Outcome(status="succeeded", amount=amount, message=message)
    if decision.status == PaymentLineStatus.REJECTED:
        return Outcome(status="failed", amount=amount, decline_code="bank_rejected", message=message)
    return Outcome(status="returned", amount=amount, decline_code="bank_returned", message=message)
