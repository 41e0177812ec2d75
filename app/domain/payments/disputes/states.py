"""The edges of disputes."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.payments.disputes.models import Dispute


class DisputeStatus(StrEnum):
    """Where a dispute stands."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PARTLY_LOST = "partly_lost"
    ACCEPTED = "accepted"
    CLOSED = "closed"


# Nobody has decided yet: the company may hold money.
OPEN = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)
# The money is gone, all of it or a part.
LOST = (DisputeStatus.LOST, DisputeStatus.PARTLY_LOST, DisputeStatus.ACCEPTED)
_ENDS = {
    DisputeStatus.WON: "dispute.won",
    DisputeStatus.LOST: "dispute.lost",
    DisputeStatus.PARTLY_LOST: "dispute.partly_lost",
    DisputeStatus.ACCEPTED: "dispute.accepted",
    DisputeStatus.CLOSED: "dispute.closed",
}

DISPUTE = Machine(
    name="dispute",
    model=Dispute,
    initial=DisputeStatus.NEEDS_RESPONSE,
    edges={
        (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW): "dispute.under_review",
        # The company asks again.
        (DisputeStatus.UNDER_REVIEW, DisputeStatus.NEEDS_RESPONSE): "dispute.needs_response",
        **{(source, end): event for source in OPEN for end, event in _ENDS.items()},
    },
)
