"""What becomes of a settlement batch when its payout is decided, or comes back."""

from __future__ import annotations

import uuid

from app.core import states
from app.domain.payments.states import TransactionStatus
from app.domain.settlement.batches import service
from app.domain.settlement.batches.states import SETTLEMENT_BATCH, BatchStatus
from app.workflow.steps.notifications.queue_partner_mail import queue_statement


def decided(transaction_id: uuid.UUID, to: str) -> None:
    """In the caller's phase, with the transaction locked: the batch is paid, or failed and can be paid again. Emits
    `settlement_batch.paid` or `settlement_batch.failed`, and the partner is mailed the statement. An older try
    of the batch changes nothing here: people look at it (`late_movement`)."""
    batch = service.batch_of_transaction(transaction_id)
    if batch is None:
        return
    target = BatchStatus.PAID if to == TransactionStatus.SUCCEEDED else BatchStatus.FAILED
    if SETTLEMENT_BATCH.allows(batch.status, target):
        states.advance(SETTLEMENT_BATCH, batch, target, reason=f"payout {to}", actor="system")
        if target == BatchStatus.PAID:
            queue_statement(batch)


def returned(transaction_id: uuid.UUID, reason: str) -> None:
    """In the caller's phase: the money came back, and the batch can be paid again. Emits
    `settlement_batch.returned`."""
    batch = service.batch_of_transaction(transaction_id)
    if batch is not None and SETTLEMENT_BATCH.allows(batch.status, BatchStatus.RETURNED):
        states.advance(SETTLEMENT_BATCH, batch, BatchStatus.RETURNED, reason=reason, actor="system")
