"""Our own strategies."""

from __future__ import annotations

from app.domain.orders.splits.types import SplitLine

NONE = "other"  # of lines that have no seller, or no category


class Whole:
    """Nothing is split."""

    name = "whole"
    title = "Not at all"
    description = "Every order is one sub-order."

    def value(self, line: SplitLine) -> str:
        """The same for every line."""
        del line
        return "all"


class ByDeliveryKind:
    """What is delivered alike."""

    name = "delivery_kind"
    title = "By delivery"
    description = "One sub-order per kind of deliverable, such as memberships or licence keys."

    def value(self, line: SplitLine) -> str:
        """How the line is delivered."""
        return line.delivery_kind


class BySeller:
    """What one seller sells."""

    name = "seller"
    title = "By seller"
    description = "One sub-order per seller."

    def value(self, line: SplitLine) -> str:
        """The id of who sells the line."""
        return line.seller or NONE


class ByCategory:
    """What stands in one department."""

    name = "category"
    title = "By category"
    description = "One sub-order per top-level category. If a product has several, the first by code counts."

    def value(self, line: SplitLine) -> str:
        """The category at the top of the tree that the product is in."""
        return line.categories[0] if line.categories else NONE
