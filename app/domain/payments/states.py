"""The edges of attempts and transactions."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.payments.models import BankTransfer, PaymentAttempt, PaymentTransaction


class AttemptStatus(StrEnum):
    """Where one attempt to move money stands."""

    READY = "ready"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TransactionStatus(StrEnum):
    """Where a movement of money stands."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class BankTransferStatus(StrEnum):
    """Where a bank transfer stands."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    RETURNING = "returning"
    SENT_BACK = "sent_back"
    RETURNED = "returned"


UNDECIDED = (AttemptStatus.READY, AttemptStatus.PENDING, AttemptStatus.UNKNOWN)
DECIDED = (AttemptStatus.SUCCEEDED, AttemptStatus.FAILED, AttemptStatus.CANCELLED)
# No money moved, as far as is known.
UNSUCCESSFUL = (AttemptStatus.FAILED, AttemptStatus.CANCELLED)
# What takes from what is left of an order: on its way, or there.
COUNTED = (TransactionStatus.OPEN, TransactionStatus.SUCCEEDED)

ATTEMPT = Machine(
    name="attempt",
    model=PaymentAttempt,
    initial=AttemptStatus.READY,
    edges={
        (AttemptStatus.READY, AttemptStatus.PENDING): None,
        (AttemptStatus.READY, AttemptStatus.UNKNOWN): "payment.unknown",
        (AttemptStatus.READY, AttemptStatus.SUCCEEDED): None,
        (AttemptStatus.READY, AttemptStatus.FAILED): None,
        (AttemptStatus.READY, AttemptStatus.CANCELLED): None,
        (AttemptStatus.PENDING, AttemptStatus.UNKNOWN): "payment.unknown",
        (AttemptStatus.PENDING, AttemptStatus.SUCCEEDED): None,
        (AttemptStatus.PENDING, AttemptStatus.FAILED): None,
        (AttemptStatus.PENDING, AttemptStatus.CANCELLED): None,
        (AttemptStatus.UNKNOWN, AttemptStatus.PENDING): None,
        (AttemptStatus.UNKNOWN, AttemptStatus.SUCCEEDED): None,
        (AttemptStatus.UNKNOWN, AttemptStatus.FAILED): None,
        (AttemptStatus.UNKNOWN, AttemptStatus.CANCELLED): None,
        # The company said no and later yes: money is money, so yes wins.
        (AttemptStatus.FAILED, AttemptStatus.SUCCEEDED): None,
        (AttemptStatus.CANCELLED, AttemptStatus.SUCCEEDED): None,
    },
)

TRANSACTION = Machine(
    name="transaction",
    model=PaymentTransaction,
    initial=TransactionStatus.OPEN,
    edges={
        (TransactionStatus.OPEN, TransactionStatus.SUCCEEDED): "payment.succeeded",
        (TransactionStatus.OPEN, TransactionStatus.FAILED): "payment.failed",
        (TransactionStatus.OPEN, TransactionStatus.CANCELLED): "payment.cancelled",
        # A refund that the company refused, or withdrew, and then made after all.
        (TransactionStatus.FAILED, TransactionStatus.SUCCEEDED): "payment.succeeded",
        (TransactionStatus.CANCELLED, TransactionStatus.SUCCEEDED): "payment.succeeded",
        # A withdrawal or payout that the payee's bank sent back. Its attempt stays succeeded: the money did go out.
        (TransactionStatus.SUCCEEDED, TransactionStatus.RETURNED): None,
    },
)

BANK_TRANSFER = Machine(
    name="bank_transfer",
    model=BankTransfer,
    initial=BankTransferStatus.RECORDED,
    edges={
        (BankTransferStatus.RECORDED, BankTransferStatus.CONFIRMED): None,
        (BankTransferStatus.RECORDED, BankTransferStatus.REJECTED): None,
        # It came, and it is not what was waited for.
        (BankTransferStatus.RECORDED, BankTransferStatus.RETURNING): None,
        (BankTransferStatus.RETURNING, BankTransferStatus.SENT_BACK): None,
        (BankTransferStatus.SENT_BACK, BankTransferStatus.RETURNING): None,
        (BankTransferStatus.SENT_BACK, BankTransferStatus.RETURNED): None,
    },
)
