"""Refusals of the books."""

from __future__ import annotations

from app.core.errors import Declined


class InsufficientFunds(Declined):
    """The account has less available than this would take."""

    default_code = "insufficient_funds"
