"""Refusals of the ledger."""

from __future__ import annotations

from app.core.errors import Conflict, Declined


class InsufficientFunds(Declined):
    """The account has less available than this would take."""

    default_code = "insufficient_funds"


class HoldExceeded(Conflict):
    """More is to be released than is still held."""

    default_code = "release_exceeds_hold"
