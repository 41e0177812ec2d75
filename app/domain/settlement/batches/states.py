"""The edges of settlement batches."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.settlement.batches.models import SettlementBatch


class BatchStatus(StrEnum):
    """Where a settlement batch stands."""

    CLOSED = "closed"
    APPROVED = "approved"
    PAYING = "paying"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


# From these its money may be sent (again).
PAYABLE_BATCHES = (BatchStatus.APPROVED, BatchStatus.FAILED, BatchStatus.RETURNED)

SETTLEMENT_BATCH = Machine(
    name="settlement_batch",
    model=SettlementBatch,
    initial=BatchStatus.CLOSED,
    edges={
        (BatchStatus.CLOSED, BatchStatus.APPROVED): "settlement_batch.approved",
        (BatchStatus.APPROVED, BatchStatus.PAYING): None,
        (BatchStatus.PAYING, BatchStatus.PAID): "settlement_batch.paid",
        (BatchStatus.PAYING, BatchStatus.FAILED): "settlement_batch.failed",
        (BatchStatus.FAILED, BatchStatus.PAYING): None,
        # The company said no first and yes later.
        (BatchStatus.FAILED, BatchStatus.PAID): "settlement_batch.paid",
        (BatchStatus.PAID, BatchStatus.RETURNED): "settlement_batch.returned",
        (BatchStatus.RETURNED, BatchStatus.PAYING): None,
    },
)
