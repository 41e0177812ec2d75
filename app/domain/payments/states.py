"""The edges of attempts, transactions and cases."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.payments.models import BankTransfer, Case, PaymentAttempt, PaymentTransaction

UNDECIDED = ("ready", "pending", "unknown")

ATTEMPT = Machine(
    name="attempt",
    model=PaymentAttempt,
    initial="ready",
    edges={
        ("ready", "pending"): None,
        ("ready", "unknown"): "payment.unknown",
        ("ready", "succeeded"): None,
        ("ready", "failed"): None,
        ("ready", "cancelled"): None,
        ("pending", "unknown"): "payment.unknown",
        ("pending", "succeeded"): None,
        ("pending", "failed"): None,
        ("pending", "cancelled"): None,
        ("unknown", "pending"): None,
        ("unknown", "succeeded"): None,
        ("unknown", "failed"): None,
        ("unknown", "cancelled"): None,
        # The company said no and later yes: money is money, so yes wins.
        ("failed", "succeeded"): None,
        ("cancelled", "succeeded"): None,
    },
)

TRANSACTION = Machine(
    name="transaction",
    model=PaymentTransaction,
    initial="open",
    edges={
        ("open", "succeeded"): "payment.succeeded",
        ("open", "failed"): "payment.failed",
        ("open", "cancelled"): "payment.cancelled",
        # A refund that the company refused, or withdrew, and then made after all.
        ("failed", "succeeded"): "payment.succeeded",
        ("cancelled", "succeeded"): "payment.succeeded",
    },
)

BANK_TRANSFER = Machine(
    name="bank_transfer",
    model=BankTransfer,
    initial="recorded",
    edges={
        ("recorded", "confirmed"): None,
        ("recorded", "rejected"): None,
        # It came, and it is not what was waited for.
        ("recorded", "returning"): None,
        ("returning", "sent_back"): None,
        ("sent_back", "returning"): None,
        ("sent_back", "returned"): None,
    },
)

CASE = Machine(name="case", model=Case, initial="open", edges={("open", "resolved"): "case.resolved"})
