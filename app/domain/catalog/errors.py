"""Refusals of the catalogue."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class OutOfStock(Conflict):
    """Fewer units are left than were requested."""

    default_code = "out_of_stock"


class NotOnSale(Conflict):
    """The product or the SKU cannot be bought now."""

    default_code = "not_on_sale"


class BuyerLimit(Conflict):
    """The buyer would have more units than the product allows."""

    default_code = "buyer_limit"


class QuantityNotAllowed(Invalid):
    """The quantity is outside what the product allows for one order."""

    default_code = "quantity_not_allowed"
