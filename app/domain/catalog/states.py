"""The edges of products, of files of products, and of stock reservations."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.catalog.models import Product, ProductImport, StockReservation


class ProductStatus(StrEnum):
    """Where a product stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ON_SALE = "on_sale"
    OFF_SALE = "off_sale"
    ARCHIVED = "archived"


class StockStatus(StrEnum):
    """Where the stock that an order took stands."""

    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    RESTOCKED = "restocked"


class ImportStatus(StrEnum):
    """Where a file of products stands."""

    CHECKING = "checking"
    READY = "ready"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"
    DISCARDED = "discarded"


# What may be put on sale or archived, and a file that may still be thrown away.
PUBLISHABLE = (ProductStatus.DRAFT, ProductStatus.OFF_SALE)
DISCARDABLE = (ImportStatus.CHECKING, ImportStatus.READY)

PRODUCT = Machine(
    name="product",
    model=Product,
    initial=ProductStatus.DRAFT,
    edges={
        (ProductStatus.DRAFT, ProductStatus.SCHEDULED): None,
        (ProductStatus.OFF_SALE, ProductStatus.SCHEDULED): None,
        (ProductStatus.SCHEDULED, ProductStatus.DRAFT): None,
        (ProductStatus.SCHEDULED, ProductStatus.ON_SALE): "product.published",
        (ProductStatus.DRAFT, ProductStatus.ON_SALE): "product.published",
        (ProductStatus.ON_SALE, ProductStatus.OFF_SALE): "product.unpublished",
        (ProductStatus.OFF_SALE, ProductStatus.ON_SALE): "product.published",
        (ProductStatus.DRAFT, ProductStatus.ARCHIVED): None,
        (ProductStatus.OFF_SALE, ProductStatus.ARCHIVED): None,
    },
)

RESERVATION = Machine(
    name="stock_reservation",
    model=StockReservation,
    initial=StockStatus.RESERVED,
    edges={
        (StockStatus.RESERVED, StockStatus.CONFIRMED): None,
        (StockStatus.RESERVED, StockStatus.CANCELLED): None,
        (StockStatus.CONFIRMED, StockStatus.RESTOCKED): None,
    },
)

IMPORT = Machine(
    name="product_import",
    model=ProductImport,
    initial=ImportStatus.CHECKING,
    edges={
        (ImportStatus.CHECKING, ImportStatus.READY): None,
        (ImportStatus.CHECKING, ImportStatus.FAILED): None,
        (ImportStatus.CHECKING, ImportStatus.DISCARDED): None,
        (ImportStatus.READY, ImportStatus.APPLYING): None,
        (ImportStatus.READY, ImportStatus.DISCARDED): None,
        (ImportStatus.APPLYING, ImportStatus.DONE): None,
        (ImportStatus.APPLYING, ImportStatus.FAILED): None,
    },
)
