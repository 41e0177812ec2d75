"""The file of an approved payment order. From the first download on it may be with the bank."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.core import clock, db, states
from app.core.errors import Conflict
from app.core.money import Money
from app.domain.payments import service as payments
from app.domain.payments.payment_orders import order_file, service
from app.domain.payments.payment_orders.models import PaymentOrder
from app.domain.payments.payment_orders.order_file import OrderFile, OrderLine
from app.domain.payments.payment_orders.states import DOWNLOADABLE, PAYMENT_ORDER, PaymentOrderStatus
from app.lib.some import some
from app.workflow.steps.payments import channel_access


@dataclass(frozen=True)
class Download:
    """A file, its name and its media type."""

    content: bytes
    name: str
    media_type: str


def download(business_id: uuid.UUID, order_id: uuid.UUID, *, actor: str) -> Download:
    """The order's file. The first download makes it `sent` and emits `payment_order.sent`; every later one is the same
    file, and the bank knows it by the same message id.

    Raises:
        NotFound: there is no such order. Conflict: it is not approved, or cancelled.
    """
    with db.phase("download_payment_order.download", business_id):
        order = db.lock(PaymentOrder, order_id)
        if order.status not in DOWNLOADABLE:
            raise Conflict("not_approved", "A second person must approve this payment order first.")
        if order.status == PaymentOrderStatus.APPROVED:
            moment = clock.now()
            states.advance(
                PAYMENT_ORDER, order, PaymentOrderStatus.SENT, reason="downloaded", actor=actor, sent_at=moment
            )
        content = _content(order)
    name = f"payment-order-{content.message_id.lower()}"
    if order.format == "csv":
        return Download(order_file.as_csv(content), f"{name}.csv", "text/csv")
    return Download(order_file.as_pain001(content), f"{name}.xml", "application/xml")


def _content(order: PaymentOrder) -> OrderFile:
    settings = channel_access.opened(some(payments.account(order.channel_account_id))).settings
    return OrderFile(
        id=order.id,
        approved_at=some(order.approved_at),
        execute_on=order.execute_on,
        account_holder=settings["account_holder"],
        account_number=settings["account_number"],
        bank_code=settings.get("bank_code", ""),
        lines=[
            OrderLine(
                reference=line.reference,
                amount=Money(line.amount_minor, line.currency),
                payee_name=line.payee["name"],
                payee_account=line.payee["account"],
                purpose=line.movement_reason,
            )
            for line in service.file_lines(order.id)
        ],
    )
