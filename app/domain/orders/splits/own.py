"""Our own strategies."""

from __future__ import annotations

from app.domain.orders.splits.types import SplitLine

NONE = "other"  # of lines that have no seller, or no category


class Whole:
    """Nothing is split."""

    name = "whole"
    title = "Not at all"
    description = "Every order is one part."

    def value(self, line: SplitLine) -> str:
        """The same for every line."""
        del line
        return "all"


class ByDeliveryKind:
    """What is delivered alike."""

    name = "delivery_kind"
    title = "By delivery"
    description = "Goods that are delivered alike are one part: membership time, licence keys, and so on."

    def value(self, line: SplitLine) -> str:
        """How the line is delivered."""
        return line.delivery_kind


class BySeller:
    """What one seller sells."""

    name = "seller"
    title = "By seller"
    description = "Goods of one seller, as the product names it, are one part."

    def value(self, line: SplitLine) -> str:
        """The seller of the line's product."""
        return line.seller or NONE


class ByCategory:
    """What stands in one department."""

    name = "category"
    title = "By category"
    description = "Goods below one category at the top of the tree are one part; of several the first by code counts."

    def value(self, line: SplitLine) -> str:
        """The category at the top of the tree that the product is in."""
        return line.categories[0] if line.categories else NONE
