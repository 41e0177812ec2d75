"""The edges of approvals."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.accounts.business.models import Approval


class ApprovalStatus(StrEnum):
    """Where a request for a second person's agreement stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DONE = "done"
    FAILED = "failed"


APPROVAL = Machine(
    name="approval",
    model=Approval,
    initial=ApprovalStatus.REQUESTED,
    edges={
        (ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED): None,
        (ApprovalStatus.REQUESTED, ApprovalStatus.REJECTED): None,
        (ApprovalStatus.REQUESTED, ApprovalStatus.EXPIRED): None,
        (ApprovalStatus.APPROVED, ApprovalStatus.DONE): None,
        # Decided alone, and somebody who could decide has come meanwhile.
        (ApprovalStatus.APPROVED, ApprovalStatus.REQUESTED): None,
        # It could not be done any more: the money is gone, the order was refunded otherwise.
        (ApprovalStatus.APPROVED, ApprovalStatus.FAILED): None,
    },
)
