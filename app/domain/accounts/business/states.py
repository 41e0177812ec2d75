"""The edges of approvals."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.accounts.business.models import Approval

APPROVAL = Machine(
    name="approval",
    model=Approval,
    initial="asked",
    edges={
        ("asked", "approved"): None,
        ("asked", "rejected"): None,
        ("asked", "expired"): None,
        ("approved", "done"): None,
        # It could not be done any more: the money is gone, the order was refunded otherwise.
        ("approved", "failed"): None,
    },
)
