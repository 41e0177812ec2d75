"""Tables of the catalogue."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKeyConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import context
from app.core.clock import now
from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.files.store import FileKey
from app.core.money import MAX_MINOR


class Product(Tenant, Base):
    """What a buyer sees: one thing with one or more SKUs. `delivery` says how its goods reach the buyer."""

    __tablename__ = "products"
    noun = "product"
    guard = BusinessRows(audit=Audit(), findable=True)
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'scheduled', 'on_sale', 'off_sale', 'archived')", name="status"),
        CheckConstraint("status <> 'scheduled' OR on_sale_at IS NOT NULL", name="schedule"),
        CheckConstraint("min_per_order BETWEEN 1 AND max_per_order", name="per_order"),
        CheckConstraint("max_per_buyer >= 1", name="per_buyer"),
        CheckConstraint(
            "(max_per_period IS NULL) = (period_days IS NULL) AND max_per_period >= 1 AND period_days >= 1",
            name="per_period",
        ),
        tenant_key("sellers", "seller_id"),
        Index("ix_products_seller", "business_id", "seller_id", postgresql_where="seller_id IS NOT NULL"),
        Index("ix_products_created", "business_id", "created_at"),
        Index("ix_products_status", "business_id", "status", "created_at", "id"),
        Index("ix_products_on_sale_at", "business_id", "on_sale_at", postgresql_where="status = 'scheduled'"),
        Index(
            "ix_products_off_sale_at",
            "business_id",
            "off_sale_at",
            postgresql_where="status = 'on_sale' AND off_sale_at IS NOT NULL",
        ),
        Index("ix_products_grams", text("bursar_grams(business_id, name)"), postgresql_using="gin"),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(Integer, default=1)
    delivery_kind: Mapped[str] = mapped_column(default="entitlement")
    delivery: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # When it goes on sale, while it is scheduled; and when it goes off sale again, if ever.
    on_sale_at: Mapped[datetime | None] = mapped_column(default=None)
    off_sale_at: Mapped[datetime | None] = mapped_column(default=None)
    # [{name, values}] as matrix.py reads them; a SKU names one value of each in its `specification`.
    options: Mapped[list[Any]] = mapped_column(default=list)
    # [{name, value}]: facts about it that buyers read.
    attributes: Mapped[list[Any]] = mapped_column(default=list)
    min_per_order: Mapped[int] = mapped_column(Integer, default=1)
    max_per_order: Mapped[int] = mapped_column(Integer, default=10)
    # Who sells it; None: the business itself. Orders may be split by it.
    seller_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    # Units that one buyer may have for good, and in any `period_days` days; None is without a limit.
    max_per_buyer: Mapped[int | None] = mapped_column(Integer, default=None)
    max_per_period: Mapped[int | None] = mapped_column(Integer, default=None)
    period_days: Mapped[int | None] = mapped_column(Integer, default=None)


class Sku(Tenant, Base):
    """One specification. `price_minor` is its base price, which holds since `price_since` wherever no row of
    `sku_prices` says otherwise. `stock` None is unlimited; `reserved` is held for open orders."""

    __tablename__ = "skus"
    noun = "SKU"
    guard = BusinessRows(audit=Audit(ignored=("stock", "reserved")), findable=True)
    __table_args__ = (
        tenant_key("products", "product_id"),
        CheckConstraint(f"price_minor BETWEEN 0 AND {MAX_MINOR}", name="price"),
        CheckConstraint("stock IS NULL OR (stock >= 0 AND reserved >= 0 AND reserved <= stock)", name="stock"),
        CheckConstraint("restock IN ('always', 'undelivered', 'never')", name="restock"),
        CheckConstraint("low_stock >= 0", name="low_stock"),
        Index("ix_skus_product", "business_id", "product_id"),
        # By what a sale does not change: an index on stock would make every sale write it.
        Index("ix_skus_watched", "business_id", "code", postgresql_where=text("low_stock IS NOT NULL")),
        Index("uq_skus_code", "business_id", "code", unique=True),
        Index(
            "uq_skus_specification",
            "business_id",
            "product_id",
            "specification",
            unique=True,
            postgresql_where=text("specification <> '{}'"),
        ),
        Index("ix_skus_grams", text("bursar_grams(business_id, code)"), postgresql_using="gin"),
    )

    product_id: Mapped[uuid.UUID]
    code: Mapped[str]
    name: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    specification: Mapped[dict[str, Any]] = mapped_column(default=dict)
    price_since: Mapped[datetime] = mapped_column(default=now)
    # The merchant's own system that keeps its units, `{url, secret}` with the secret encrypted; empty when we keep
    # them.
    participant: Mapped[dict[str, Any]] = mapped_column(default=dict)
    delivery_days: Mapped[int] = mapped_column(Integer, default=30)
    # What one unit hands over, by the product's kind of delivery.
    deliverable: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stock: Mapped[int | None] = mapped_column(BigInteger, default=None)
    reserved: Mapped[int] = mapped_column(default=0)
    # Whether refunded units can be sold again, and at how many free ones people are told.
    restock: Mapped[str] = mapped_column(default="always")
    low_stock: Mapped[int | None] = mapped_column(BigInteger, default=None)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class SkuPrice(Tenant, Base):
    """A price of a SKU beside its base price: another currency, a price from a quantity on, one for a time. The
    only thing that ever changes is when it ends; what a base price was before is a row that has ended."""

    __tablename__ = "sku_prices"
    noun = "price"
    guard = BusinessRows(audit=Audit(), changeable=("ends_at",))
    __table_args__ = (
        tenant_key("skus", "sku_id"),
        CheckConstraint(f"unit_minor BETWEEN 0 AND {MAX_MINOR}", name="unit"),
        CheckConstraint("from_quantity >= 1", name="quantity"),
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="window"),
        Index("ix_sku_prices_sku", "business_id", "sku_id", "starts_at"),
    )

    sku_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    from_quantity: Mapped[int] = mapped_column(Integer, default=1)
    unit_minor: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    is_base: Mapped[bool] = mapped_column(Boolean, default=False)
    actor: Mapped[str]


class StockReservation(Tenant, Base):
    """Stock held for one order line (try), used when it is paid (confirm), given back when it closes (cancel)."""

    __tablename__ = "stock_reservations"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("skus", "sku_id"),
        CheckConstraint("status IN ('reserved', 'confirmed', 'cancelled', 'restocked')", name="status"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_stock_reservations_line", "business_id", "order_id", "line_id", unique=True),
        Index("ix_stock_reservations_sku", "business_id", "sku_id", postgresql_where="status = 'reserved'"),
    )

    sku_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    quantity: Mapped[int] = mapped_column(Integer)
    finite: Mapped[bool] = mapped_column(Boolean)
    status: Mapped[str] = mapped_column(default="reserved")
    version: Mapped[int] = mapped_column(Integer, default=1)
    expires_at: Mapped[datetime]


class ProductImage(Tenant, Base):
    """An image of a product, drawn anew in `widths`; `width` and `height` are those of the widest. The first one
    (by position) stands for the product. `source_sha256` is of the file that it was drawn from."""

    __tablename__ = "product_images"
    noun = "image"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        tenant_key("products", "product_id"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
        Index("ix_product_images_product", "business_id", "product_id", "position", "id"),
        Index("uq_product_images_key", "business_id", "key", unique=True),
    )

    product_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(FileKey())
    alt: Mapped[str]
    position: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    widths: Mapped[list[Any]]
    source_sha256: Mapped[str | None] = mapped_column(default=None)


class Category(Tenant, Base):
    """A place in the tree that products are found by, and that promotions name by its code. `depth` is 1 at the top;
    code and parent stay what they are."""

    __tablename__ = "categories"
    noun = "category"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        ForeignKeyConstraint(["business_id", "parent_id"], ["categories.business_id", "categories.id"]),
        CheckConstraint("depth BETWEEN 1 AND 4 AND (depth = 1) = (parent_id IS NULL)", name="depth"),
        Index("uq_categories_code", "business_id", "code", unique=True),
    )

    parent_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    depth: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    name: Mapped[str]


class ProductCategory(Tenant, Base):
    """A product is in a category: chosen for it, or above one that was (`chosen` false). `product_created_at` is here
    so that the products of a category are read newest first from one index."""

    __tablename__ = "product_categories"
    guard = BusinessRows(audit=Audit(), prunable=True, findable=True)
    __table_args__ = (
        tenant_key("products", "product_id"),
        tenant_key("categories", "category_id"),
        Index("uq_product_categories_product", "business_id", "product_id", "category_id", unique=True),
        Index("ix_product_categories_newest", "business_id", "category_id", "product_created_at", "product_id"),
    )

    product_id: Mapped[uuid.UUID]
    category_id: Mapped[uuid.UUID]
    chosen: Mapped[bool] = mapped_column(Boolean)
    product_created_at: Mapped[datetime]


class StockChange(Tenant, Base):
    """A SKU's units changed otherwise than by being sold: who did it, why, and from what to what (None: unlimited).
    Append-only."""

    __tablename__ = "stock_changes"
    guard = BusinessRows(audit=Audit(), append_only=True)
    __table_args__ = (
        tenant_key("skus", "sku_id"),
        CheckConstraint("kind IN ('adjusted', 'edited', 'keys', 'restocked')", name="kind"),
        CheckConstraint("before >= 0 AND after >= 0", name="stock"),
        CheckConstraint("before IS DISTINCT FROM after", name="change"),
        Index("ix_stock_changes_sku", "business_id", "sku_id", "created_at", "id"),
    )

    sku_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    before: Mapped[int | None] = mapped_column(default=None)
    after: Mapped[int | None] = mapped_column(default=None)
    reason: Mapped[str]
    actor: Mapped[str]
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class ProductImport(Tenant, Base):
    """A file of products, buyers or members on its way in: looked through first, applied when somebody says so.
    `checked_line` and `applied_line` say how far, so that whoever carries on after a crash does nothing twice. A file
    of people is let go of (`key` is empty) once it was looked through."""

    __tablename__ = "product_imports"
    noun = "import"
    guard = BusinessRows(audit=Audit(only="INSERT"))
    __table_args__ = (
        CheckConstraint("status IN ('checking', 'ready', 'applying', 'done', 'failed', 'discarded')", name="status"),
        CheckConstraint("kind IN ('products', 'buyers', 'memberships')", name="kind"),
        Index("ix_product_imports_created", "business_id", "created_at"),
        Index("ix_product_imports_due", "status", postgresql_where=text("status IN ('checking', 'applying')")),
    )

    status: Mapped[str] = mapped_column(default="checking")
    version: Mapped[int] = mapped_column(Integer, default=1)
    kind: Mapped[str] = mapped_column(default="products")
    # Of a file of members: emails about the membership are written to whom it is granted.
    with_mail: Mapped[bool] = mapped_column(Boolean, default=False)
    actor: Mapped[str]
    # Who had it applied: their limits count.
    applied_by: Mapped[str | None] = mapped_column(default=None)
    key: Mapped[str] = mapped_column(FileKey())
    checked_line: Mapped[int] = mapped_column(Integer, default=0)
    applied_line: Mapped[int] = mapped_column(Integer, default=0)
    to_create: Mapped[int] = mapped_column(Integer, default=0)
    to_change: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    applied: Mapped[int] = mapped_column(Integer, default=0)
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str] = mapped_column(default="")
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=context.request)


class ProductImportRow(Tenant, Base):
    """A row of such a file that would make or change something, or was refused. `subject` is what it is about: a SKU's
    code, or a buyer's reference. Of people nothing else is kept once it was applied."""

    __tablename__ = "product_import_rows"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("product_imports", "import_id"),
        CheckConstraint("kind IN ('create', 'change', 'refused')", name="kind"),
        Index("uq_product_import_rows_line", "business_id", "import_id", "line", unique=True),
        Index("ix_product_import_rows_kind", "business_id", "import_id", "kind", "line"),
    )

    import_id: Mapped[uuid.UUID]
    line: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str]
    kind: Mapped[str]
    cells: Mapped[dict[str, Any]]
    errors: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]


class ProductImportImage(Tenant, Base):
    """An image in such a file, drawn anew for one product while the file is checked, or why it could not be. Gone when
    the import is over: what was applied is named by `product_images` then."""

    __tablename__ = "product_import_images"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        tenant_key("product_imports", "import_id"),
        CheckConstraint("(key IS NULL) = (problem <> '')", name="drawn"),
        Index("uq_product_import_images_name", "business_id", "import_id", "product_id", "name", unique=True),
    )

    import_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    name: Mapped[str]
    sha256: Mapped[str]
    key: Mapped[str | None] = mapped_column(FileKey(), default=None)
    width: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=0)
    widths: Mapped[list[Any]]
    problem: Mapped[str] = mapped_column(default="")
