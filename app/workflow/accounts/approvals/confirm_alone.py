"""What one person recorded and another has to confirm: a bank transfer, money sent back, a payment order, a settlement,
an adjustment of the ledger. In a business of one its owner asks for the confirmation as an approval, and decides that
one alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core import db, ids
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.ledger.adjustments.models import Adjustment
from app.domain.ledger.adjustments.states import AdjustmentStatus
from app.domain.ledger.settlements.models import Settlement
from app.domain.ledger.settlements.states import SettlementStatus
from app.domain.payments.models import BankTransfer
from app.domain.payments.payment_orders.models import PaymentOrder
from app.domain.payments.payment_orders.states import PaymentOrderStatus
from app.domain.payments.states import BankTransferStatus
from app.lib.some import some
from app.workflow.accounts.approvals import decide_alone
from app.workflow.ledger import adjust_ledger, book_settlement
from app.workflow.payments import approve_payment_order, confirm_bank_transfer
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.principals_of import accountable_principals, principals_of
from app.workflow.steps.payments import apply_result

approvals = db.table(Approval)
_OPEN = (ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED)


@dataclass(frozen=True)
class Recorded:
    """What waits for a second person: the kind of its approval, who acted `first`, and what it comes to, where that is
    one amount."""

    kind: str
    first: str
    money: Money | None
    payload: dict[str, Any]


def begin(business_id: uuid.UUID, shown: str, *, actor: str, proven_at: datetime | None) -> uuid.UUID:
    """Begin the delay after which a transfer (`btr_…`), payment order (`por_…`), settlement (`stl_…`) or adjustment
    (`adj_…`) is confirmed without a second person; the approval that waits. A second call answers the same one.
    `proven_at` as for `decide_alone`.

    Raises:
        NotFound: there is none. Conflict: nothing waits to be confirmed. Denied: no fresh second factor, or somebody
        else could confirm it (decide_alone.may_decide_alone).
    """
    with db.phase("confirm_alone.begin", business_id):
        row_id, found = _find(shown)
        waits = approvals.c.status.in_(_OPEN), approvals.c.payload["row_id"].astext == str(row_id)
        known = db.scalar(select(approvals.c.id).where(approvals.c.business_id == db.here(), *waits).limit(1))
        if known is not None:
            return uuid.UUID(str(known))
        decide_alone.check_proof(proven_at)
        approval_id = request_approval.request(
            found.kind,
            new_id(),
            actor=actor,
            reason="Nobody else can confirm it",
            payload={"row_id": str(row_id), **found.payload},
            money=found.money,
            principals=accountable_principals(actor) | principals_of(found.first),
        )
        row = db.get(Approval, approval_id)
        decide_alone.check_alone(row, actor)
        decide_alone.begin_waiting(row, actor=actor, proven_at=some(proven_at))
    return approval_id


def confirm_transfer(business_id: uuid.UUID, approval: Approval) -> None:
    """Confirm the transfer, or that it was sent back, for whoever decided. Safe to call again.

    Raises:
        Conflict: it was decided meanwhile, or is not what it was.
    """
    transfer_id, who = uuid.UUID(approval.payload["row_id"]), some(approval.decided_by)
    with db.reading(business_id):
        row = db.get(BankTransfer, transfer_id)
    if approval.payload["what"] == "sent_back":
        if row.return_decided_by != who:
            confirm_bank_transfer.confirm_sent_back(business_id, transfer_id, actor=who)
    elif row.decided_by != who:
        goes_back = approval.payload["what"] == "goes_back"
        confirm_bank_transfer.confirm(business_id, transfer_id, actor=who, goes_back=goes_back)


def approve_order(business_id: uuid.UUID, approval: Approval) -> None:
    """Approve the payment order for whoever decided. Safe to call again.

    Raises:
        Conflict: it was approved or cancelled meanwhile.
    """
    order_id, who = uuid.UUID(approval.payload["row_id"]), some(approval.decided_by)
    with db.reading(business_id):
        row = db.get(PaymentOrder, order_id)
    if row.approved_by != who:
        approve_payment_order.approve(business_id, order_id, actor=who)


def confirm_settlement(business_id: uuid.UUID, approval: Approval) -> None:
    """Confirm the settlement for whoever decided. Safe to call again.

    Raises:
        Conflict: it was decided meanwhile.
    """
    book_settlement.confirm(business_id, uuid.UUID(approval.payload["row_id"]), actor=some(approval.decided_by))


def approve_adjustment(business_id: uuid.UUID, approval: Approval) -> None:
    """Approve the adjustment for whoever decided. Safe to call again.

    Raises:
        Conflict: it was decided meanwhile, or cannot be posted any more.
    """
    adjust_ledger.approve(business_id, uuid.UUID(approval.payload["row_id"]), actor=some(approval.decided_by))


def _find(shown: str) -> tuple[uuid.UUID, Recorded]:
    for prefix, find in _FIND.items():
        row_id = ids.try_parse(shown, prefix)
        if row_id is not None:
            return row_id, find(row_id)
    raise NotFound("not_found", "There is nothing to confirm.")


def _transfer(transfer_id: uuid.UUID) -> Recorded:
    # Under its order's lock, as whatever decides it.
    _, attempt = apply_result.lock(db.get(BankTransfer, transfer_id).attempt_id)
    row = db.get(BankTransfer, transfer_id)
    if row.status == BankTransferStatus.RECORDED:
        fits = confirm_bank_transfer.fits(row, attempt)
        what, first = "confirm" if fits else "goes_back", row.recorded_by
    elif row.status == BankTransferStatus.SENT_BACK:
        what, first = "sent_back", some(row.returned_by)
    else:
        raise _decided()
    payload = {"what": what, "title": row.bank_reference, "attempt_id": str(row.attempt_id)}
    return Recorded("bank_transfer", first, Money(row.amount_minor, row.currency), payload)


def _order(order_id: uuid.UUID) -> Recorded:
    row = db.lock(PaymentOrder, order_id)
    if row.status != PaymentOrderStatus.REQUESTED:
        raise _decided()
    return Recorded("payment_order", row.created_by, Money(row.total_minor, row.currency), {"what": "approve"})


def _settlement(settlement_id: uuid.UUID) -> Recorded:
    row = db.lock(Settlement, settlement_id)
    if row.status != SettlementStatus.RECORDED:
        raise _decided()
    money = Money(abs(row.net_minor), row.currency) if row.net_minor else None
    return Recorded("settlement", row.recorded_by, money, {"what": "confirm", "title": row.reference})


def _adjustment(adjustment_id: uuid.UUID) -> Recorded:
    row = db.lock(Adjustment, adjustment_id)
    if row.status != AdjustmentStatus.REQUESTED:
        raise _decided()
    return Recorded("adjustment", row.requested_by, None, {"what": "approve", "title": row.reason})


def _decided() -> Conflict:
    return Conflict("version_conflict", "This was decided in the meantime. Please review it.")


_FIND: dict[str, Callable[[uuid.UUID], Recorded]] = {
    "btr": _transfer,
    "por": _order,
    "stl": _settlement,
    "adj": _adjustment,
}
