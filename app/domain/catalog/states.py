"""The edges of products, of files of products, and of stock reservations."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.catalog.models import Product, ProductImport, StockReservation

PRODUCT = Machine(
    name="product",
    model=Product,
    initial="draft",
    edges={
        ("draft", "scheduled"): None,
        ("off_sale", "scheduled"): None,
        ("scheduled", "draft"): None,
        ("scheduled", "on_sale"): "product.published",
        ("draft", "on_sale"): "product.published",
        ("on_sale", "off_sale"): "product.withdrawn",
        ("off_sale", "on_sale"): "product.published",
        ("draft", "archived"): None,
        ("off_sale", "archived"): None,
    },
)

RESERVATION = Machine(
    name="stock_reservation",
    model=StockReservation,
    initial="held",
    edges={
        ("held", "confirmed"): None,
        ("held", "cancelled"): None,
        ("confirmed", "restocked"): None,
    },
)

IMPORT = Machine(
    name="product_import",
    model=ProductImport,
    initial="checking",
    edges={
        ("checking", "ready"): None,
        ("checking", "failed"): None,
        ("checking", "discarded"): None,
        ("ready", "applying"): None,
        ("ready", "discarded"): None,
        ("applying", "done"): None,
        ("applying", "failed"): None,
    },
)
