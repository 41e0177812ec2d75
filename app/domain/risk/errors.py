"""Refusals of the risk noun."""

from __future__ import annotations

from app.core.errors import Conflict, Denied

# Why an order was closed that the rules refused.
BLOCKED = "risk_blocked"


class RiskBlocked(Denied):
    """The business's rules refuse this payment. The text never says which."""

    default_code = BLOCKED

    def __init__(self) -> None:
        super().__init__(BLOCKED, "This payment cannot be accepted. Please contact the shop.")


class RefundBlocked(Denied):
    """The business's rules refuse this refund. The text never says which."""

    default_code = "refund_blocked"

    def __init__(self) -> None:
        super().__init__("refund_blocked", "This refund cannot be made. Ask whoever looks after fraud in your team.")


class RiskUnderReview(Conflict):
    """A person decides about this payment first. The text never says why."""

    default_code = "risk_review"

    def __init__(self) -> None:
        super().__init__(
            "risk_review", "The shop is checking this payment. Nothing was charged. Please try again in a few minutes."
        )
