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

    default_code = "other_channel_needed"


class NoChannel(Invalid):
    """No enabled channel account can take this payment."""

    default_code = "channel_unavailable"
