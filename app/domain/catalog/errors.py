"""Refusals of the catalogue."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class OutOfStock(Conflict):
    """Fewer pieces are left than were asked for."""

    default_code = "out_of_stock"


class NotOnSale(Conflict):
    """The product or the SKU cannot be bought now."""

    default_code = "not_on_sale"


class QuantityNotAllowed(Invalid):
    """More pieces than one order may have, or none."""

    default_code = "quantity_not_allowed"
