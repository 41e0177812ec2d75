"""Sellers: one, some of them by id, and those to choose from."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import db, ids
from app.core.paging import After, newest_first
from app.domain.catalog.models import Product
from app.domain.catalog.sellers.models import Seller
from app.domain.catalog.sellers.states import SellerStatus
from app.domain.catalog.states import ProductStatus

SellerRow = Seller  # for those who show one
MAX_CHOICES = 500
sellers, products = db.table(Seller), db.table(Product)


@dataclass(frozen=True)
class SellerPage:
    """A seller with what the business sells for them: products that are not archived, and those on sale."""

    row: Seller
    products: int
    on_sale: int


def get_seller(business_id: uuid.UUID, seller_id: uuid.UUID) -> Seller:
    """One seller.

    Raises:
        NotFound: the business has no such seller.
    """
    with db.reading(business_id):
        return db.get(Seller, seller_id)


def seller_page(business_id: uuid.UUID, seller_id: uuid.UUID) -> SellerPage:
    """One seller with the number of their products. Raises as `get_seller` does."""
    theirs = products.c.business_id == business_id, products.c.seller_id == seller_id
    counted = select(
        func.count().filter(products.c.status != ProductStatus.ARCHIVED).label("some"),
        func.count().filter(products.c.status == ProductStatus.ON_SALE).label("on_sale"),
    ).where(*theirs)
    with db.reading(business_id):
        row = db.get(Seller, seller_id)
        [found] = db.rows(counted)
    return SellerPage(row, int(found.some), int(found.on_sale))


def list_sellers(
    business_id: uuid.UUID, *, status: str | None, reference: str | None, after: After, limit: int
) -> Sequence[Seller]:
    """Sellers, newest first, one more than `limit`."""
    query = select(sellers).where(sellers.c.business_id == business_id)
    query = query if status is None else query.where(sellers.c.status == status)
    query = query if reference is None else query.where(sellers.c.reference == reference)
    with db.reading(business_id):
        return db.rows(newest_first(query, sellers, after, limit))


def sellers_of(business_id: uuid.UUID, seller_ids: Collection[uuid.UUID | None]) -> dict[uuid.UUID | None, Seller]:
    """These sellers by id; ids that are None are left out."""
    known = {each for each in seller_ids if each is not None}
    if not known:
        return {}
    with db.reading(business_id):
        found = db.rows(select(sellers).where(sellers.c.business_id == business_id, sellers.c.id.in_(known)))
    return {row.id: row for row in found}


def seller_choices(business_id: uuid.UUID, *, archived: bool = True) -> Sequence[tuple[str, str]]:
    """Sellers to choose from as (id as shown, name), by name; MAX_CHOICES at most."""
    query = select(sellers).where(sellers.c.business_id == business_id)
    query = query if archived else query.where(sellers.c.status == SellerStatus.ACTIVE)
    with db.reading(business_id):
        found = db.rows(query.order_by(sellers.c.name, sellers.c.id).limit(MAX_CHOICES))
    return [(ids.show("sel", row.id), row.name) for row in found]
