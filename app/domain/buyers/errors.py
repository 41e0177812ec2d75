"""Refusals of the buyers noun."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class BuyerExists(Conflict):
    """Another buyer has this reference, or has proven this mailbox or phone."""

    default_code = "buyer_exists"


class BuyerGone(Conflict):
    """The buyer was merged into another one, or erased."""

    default_code = "buyer_gone"


class InvalidBuyer(Invalid):
    """Something about the buyer cannot be."""

    default_code = "invalid_buyer"


class CannotMerge(Conflict):
    """The two buyers cannot be merged now."""

    default_code = "cannot_merge"
