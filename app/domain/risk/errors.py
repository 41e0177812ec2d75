"""Refusals of the risk noun."""

from __future__ import annotations

import uuid

from app.core.errors import Conflict, Denied
from app.core.ids import show

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
    keeps_key = True  # asked again under the same key it is the same request, and is not decided about anew

    def __init__(self) -> None:
        super().__init__("refund_blocked", "This refund cannot be made. Ask whoever looks after fraud in your team.")


class RiskUnderReview(Conflict):
    """A person decides about this payment first. The text never says why; `details.order_id` names the order, which
    was placed and waits."""

    default_code = "risk_review"
    keeps_key = True  # sent again under the same key the request pays the order that waits, and places no other one

    def __init__(self, order_id: uuid.UUID) -> None:
        text = "The shop is checking this payment. Nothing was charged. Please try again in a few minutes."
        super().__init__("risk_review", text, details={"order_id": show("ord", order_id)})
