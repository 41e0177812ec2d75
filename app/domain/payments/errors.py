"""Refusals of the payments noun."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class PaymentInProgress(Conflict):
    """A payment of this order is not decided yet; a second one is not offered."""

    default_code = "payment_in_progress"


class NotRefundable(Conflict):
    """Nothing, or less than asked for, can go back."""

    default_code = "not_refundable"


class OtherChannelNeeded(Conflict):
    """The order's price is for payments by other channels, which `details.channels` names."""

    default_code = "payment_method_mismatch"


class Unsupported(Invalid):
    """A channel has no words for this request: it is not put to the company, and nothing is written. `details.reason`
    is `kind_unsupported`, `scene_unsupported`, `detail_missing`, `currency_unsupported`, `amount_unsupported`,
    `text_unsupported`, `detail_unsupported`, `reference_unsupported`, `address_unsupported`,
    `payee_account_invalid` or `payee_name_missing`."""

    default_code = "request_unsupported"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__("request_unsupported", message, details={"reason": reason})


class NoChannel(Invalid):
    """No enabled channel account can take this payment."""

    default_code = "channel_unavailable"
