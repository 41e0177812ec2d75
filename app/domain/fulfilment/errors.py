"""Refusals of fulfilment."""

from __future__ import annotations

from app.core.errors import Conflict


class InsufficientPoints(Conflict):
    """The buyer has fewer points than this would take."""

    default_code = "insufficient_points"
