"""Reads of the catalogue that others build on, and that travel inside their queries."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, Uuid, bindparam, case, cast, extract, func, or_, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core import clock, db
from app.domain.catalog.models import Category, Product, ProductCategory, Sku, SkuPrice
from app.domain.catalog.sku_rows import SkuWithProduct
from app.domain.catalog.states import ProductStatus


def _moment() -> datetime:
    """Asked for when a query runs, not when it is made."""
    return clock.now()


_price = db.table(SkuPrice)
_now = bindparam("now", callable_=_moment, type_=_price.c.starts_at.type)
_micros = cast(extract("epoch", _price.c.starts_at) * 1_000_000, BigInteger)

# The SKU's prices that hold now, beside its base price, as a column of a query over `skus`: a JSON array of
# [currency, from quantity, minor units, moment it began in microseconds since 1970], or None when there are none.
RUNNING_PRICES: Any = (
    select(
        func.json_agg(func.json_build_array(_price.c.currency, _price.c.from_quantity, _price.c.unit_minor, _micros))
    )
    .where(
        _price.c.business_id == Sku.business_id,
        _price.c.sku_id == Sku.id,
        _price.c.starts_at <= _now,
        or_(_price.c.ends_at.is_(None), _price.c.ends_at > _now),
    )
    .correlate(Sku)
    .scalar_subquery()
    .label("prices")
)

_began = _price.c.starts_at <= _now

# When the next of the SKU's prices begins or ends, as a column of a query over `skus`; None when none does.
PRICES_CHANGE_AT: Any = (
    select(func.min(case((_began, _price.c.ends_at), else_=_price.c.starts_at)))
    .where(
        _price.c.business_id == Sku.business_id,
        _price.c.sku_id == Sku.id,
        or_(_price.c.ends_at.is_(None), _price.c.ends_at > _now),
    )
    .correlate(Sku)
    .scalar_subquery()
    .label("prices_change_at")
)

_category, _in = db.table(Category), db.table(ProductCategory)

# The codes of all categories the SKU's product is in, those above them included, as a column of a query over `skus`:
# a JSON array from the top of the tree down, or None when there are none.
CATEGORY_CODES: Any = (
    select(func.json_agg(aggregate_order_by(_category.c.code, _category.c.depth, _category.c.code)))
    .select_from(
        _in.join(_category, (_category.c.business_id == _in.c.business_id) & (_category.c.id == _in.c.category_id))
    )
    .where(_in.c.business_id == Sku.business_id, _in.c.product_id == Sku.product_id)
    .correlate(Sku)
    .scalar_subquery()
    .label("categories")
)


# A product's status by its schedule, to the moment, whenever the job comes round to it.
STATUS_NOW: Any = case(
    (
        Product.status.in_((ProductStatus.SCHEDULED, ProductStatus.ON_SALE)) & (Product.off_sale_at <= _now),
        ProductStatus.OFF_SALE,
    ),
    ((Product.status == ProductStatus.SCHEDULED) & (Product.on_sale_at <= _now), ProductStatus.ON_SALE),
    else_=Product.status,
).label("product_status")


def skus_with_products(sku_ids: Collection[uuid.UUID]) -> Select[SkuWithProduct]:
    """A query of these SKUs of the open transaction's business, each with its product's columns."""
    return with_products().where(Sku.id.in_(list(sku_ids)))


def named_skus_with_products() -> Select[SkuWithProduct]:
    """The same, of which the ids are given as `skus` when it is sent."""
    return with_products().where(Sku.id == func.any(bindparam("skus", type_=ARRAY(Uuid))))


def with_products() -> Select[SkuWithProduct]:
    """The same query over all SKUs of the business; the caller adds conditions and a limit."""
    return db.select_as(
        SkuWithProduct,
        select(
            db.table(Sku),
            RUNNING_PRICES,
            CATEGORY_CODES,
            Product.name.label("product_name"),
            STATUS_NOW,
            Product.min_per_order,
            Product.max_per_order,
            Product.max_per_buyer,
            Product.max_per_period,
            Product.period_days,
            Product.delivery_kind,
            Product.seller_id,
        )
        .join(Product, (Product.business_id == Sku.business_id) & (Product.id == Sku.product_id))
        .where(Sku.business_id == db.HERE),
    )


def matching(
    part: str,
    *,
    status: str | None,
    category_id: uuid.UUID | None,
    after: tuple[datetime, uuid.UUID] | None,
    most: int,
    oldest_first: bool = False,
) -> list[uuid.UUID]:
    """The ids of at most `most` products whose name, or the code of one of whose SKUs, contains `part`, in order,
    from behind `after`."""
    before_at, before_id = after or (None, None)
    values = {"part": part.replace("\x00", ""), "status": status, "category": category_id, "most": most}
    found = db.rows(_MATCHING, **values, before_at=before_at, before_id=before_id, oldest=oldest_first)
    return [row.found_id for row in found]


_MATCHING = text(
    "SELECT found_id FROM bursar_find_products(:part, :status, CAST(:category AS uuid),"
    " CAST(:before_at AS timestamptz), CAST(:before_id AS uuid), CAST(:most AS integer), :oldest) AS found_id"
)
