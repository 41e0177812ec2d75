"""Products with their SKUs, as the portal lists and edits them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from app.core import db
from app.core.errors import NotFound
from app.domain.catalog.models import Product, Sku
from app.read import paging
from app.read.product_images import Picture, pictures_of

PAGE = 50
MANY = 200  # SKUs of one product


@dataclass(frozen=True)
class ProductCard:
    """One product (row of `products`), its SKUs, cheapest first, and its pictures in order."""

    row: Row[Any]
    skus: tuple[Row[Any], ...]
    pictures: tuple[Picture, ...] = ()

    @property
    def currency(self) -> str:
        """The currency of its first SKU."""
        return str(self.skus[0].currency) if self.skus else "USD"

    @property
    def prices(self) -> tuple[tuple[str, int, int], ...]:
        """The lowest and the highest price among SKUs that can be bought: (currency, minor units, minor units), by
        currency."""
        by_currency: dict[str, list[int]] = defaultdict(list)
        for sku in self.skus:
            if sku.active:
                by_currency[sku.currency].append(int(sku.price_minor))
        return tuple((currency, min(known), max(known)) for currency, known in sorted(by_currency.items()))

    @property
    def left(self) -> int | None:
        """Pieces that can still be bought over all active SKUs; None when one of them is unlimited."""
        active = [sku for sku in self.skus if sku.active]
        if any(sku.stock is None for sku in active):
            return None
        return sum(int(sku.stock - sku.reserved) for sku in active)


def list_products(
    business_id: uuid.UUID, *, status: str = "", text: str = "", cursor: str | None = None, limit: int = PAGE
) -> paging.Page[ProductCard]:
    """Products, newest first; `text` is part of the name."""
    table = Product.__table__
    query = select(table).where(table.c.business_id == business_id)
    if status:
        query = query.where(table.c.status == status)
    if text.strip():
        query = query.where(table.c.name.icontains(text.strip().replace("\x00", ""), autoescape=True))
    beyond = paging.after(table.c.created_at, table.c.id, cursor)
    if beyond is not None:
        query = query.where(beyond)
    with db.reading(business_id):
        ordered = query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit + 1)
        found, next_cursor = paging.cut(db.rows(ordered), limit)
        skus = _skus(business_id, [row.id for row in found])
        seen = pictures_of(business_id, [row.id for row in found])
    cards = (ProductCard(row, tuple(skus[row.id]), tuple(seen[row.id])) for row in found)
    return paging.Page(tuple(cards), next_cursor)


def product_card(business_id: uuid.UUID, product_id: uuid.UUID) -> ProductCard:
    """One product.

    Raises:
        NotFound: the business has no such product.
    """
    table = Product.__table__
    with db.reading(business_id):
        row = db.first(select(table).where(table.c.business_id == business_id, table.c.id == product_id))
        if row is None:
            raise NotFound("not_found", "There is no such product.")
        seen = pictures_of(business_id, [product_id])[product_id]
        return ProductCard(row, tuple(_skus(business_id, [product_id])[product_id]), tuple(seen))


def sku_of(business_id: uuid.UUID, product_id: uuid.UUID, sku_id: uuid.UUID) -> Row[Any]:
    """One SKU of a product.

    Raises:
        NotFound: the product has no such SKU.
    """
    table = Sku.__table__
    query = select(table).where(
        table.c.business_id == business_id, table.c.id == sku_id, table.c.product_id == product_id
    )
    with db.reading(business_id):
        row = db.first(query)
    if row is None:
        raise NotFound("not_found", "There is no such SKU.")
    return row


def _skus(business_id: uuid.UUID, product_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Row[Any]]]:
    found: dict[uuid.UUID, list[Row[Any]]] = defaultdict(list)
    if product_ids:
        table = Sku.__table__
        query = (
            select(table)
            .where(table.c.business_id == business_id, table.c.product_id.in_(product_ids))
            .order_by(table.c.price_minor, table.c.id)
            .limit(MANY * len(product_ids))
        )
        for row in db.rows(query):
            found[row.product_id].append(row)
    return found
