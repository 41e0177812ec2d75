"""Refusals of the catalogue."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class OutOfStock(Conflict):
    """Fewer units are left than were asked for."""

    default_code = "out_of_stock"


class NotOnSale(Conflict):
    """The product or the SKU cannot be bought now."""

    default_code = "not_on_sale"


class BuyerLimit(Conflict):
    """More units than one buyer may have."""

    default_code = "buyer_limit"


class QuantityNotAllowed(Invalid):
    """More units than one order may have, or fewer."""

    default_code = "quantity_not_allowed"
