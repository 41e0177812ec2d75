"""What a business has set about refunds that people and keys make."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import select

from app.core import clock, db
from app.core.errors import Invalid
from app.domain.accounts.business.models import Approval, Business
from app.domain.accounts.business.rules import is_person_or_key
from app.domain.orders.models import Order
from app.domain.payments.errors import NotRefundable

approvals = db.table(Approval)
CONTRACT_CANCELLED = "contract cancelled"  # follows from the cancellation; nobody chose it from the business's list


def check_refund(order: Order, transaction_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """In the open phase: whether this actor may still refund the order, for this reason. What the system refunds by
    itself it may always; what was requested in time and approved, too.

    Raises:
        NotRefundable: the refund window is over. Invalid: the reason is none of the business's.
    """
    if not is_person_or_key(actor):
        return
    rule = db.first(select(Business.refund_window_days, Business.refund_reasons).where(Business.id == db.here()))
    if rule is None or _is_requested(transaction_id, rule.refund_window_days, rule.refund_reasons):
        return
    if rule.refund_reasons and reason not in (*rule.refund_reasons, CONTRACT_CANCELLED):
        text = f"Choose one of the reasons: {', '.join(rule.refund_reasons)}."
        raise Invalid("refund_reason_unknown", text, details={"param": "reason", "reasons": rule.refund_reasons})
    days = rule.refund_window_days
    if days and order.paid_at is not None and order.paid_at < clock.now() - timedelta(days=days):
        text = f"This order was paid more than {days} days ago. The refund window is over."
        raise NotRefundable("refund_window_over", text, details={"refund_window_days": days})


def _is_requested(transaction_id: uuid.UUID, *rules: object) -> bool:
    """Whether the refund was requested before, and waited for its approval; asked only where there is a rule."""
    here = approvals.c.business_id == db.here(), approvals.c.transaction_id == transaction_id
    return any(rules) and db.first(select(approvals.c.id).where(*here)) is not None
