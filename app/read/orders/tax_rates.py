"""Tax rates of a business: those in force, and those that have ended."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.catalog.models import Product
from app.domain.orders.receipts.models import TaxRate

PAGE = 50
rates, products = db.table(TaxRate), db.table(Product)
TaxRateRow = TaxRate

if TYPE_CHECKING:

    class NamedRate(TaxRate):
        """A rate with the name of its product; None where it is of all."""

        product_name: Mapped[str | None]

else:
    NamedRate = TaxRate


def page_of_rates(business_id: uuid.UUID, *, cursor: str) -> paging.Page[NamedRate]:
    """A page of the portal's list, the newest first."""
    of_product = (products.c.business_id == rates.c.business_id) & (products.c.id == rates.c.product_id)
    named = select(rates, products.c.name.label("product_name")).select_from(rates.outerjoin(products, of_product))
    query = db.select_as(NamedRate, named).where(rates.c.business_id == business_id)
    with db.reading(business_id):
        found = db.rows(paging.newest_first(query, rates, paging.key_of(cursor), PAGE))
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)


def list_rates(business_id: uuid.UUID, *, ended: bool | None, after: Key | None, limit: int) -> Sequence[TaxRate]:
    """Rates, the newest first, and one more than `limit`; only those that have `ended`, or have not."""
    query = select(rates).where(rates.c.business_id == business_id)
    if ended is not None:
        query = query.where(rates.c.ends_at.is_not(None) if ended else rates.c.ends_at.is_(None))
    with db.reading(business_id):
        return db.rows(paging.in_order(query, rates.c.created_at, rates.c.id, after, limit + 1))


def tax_rate(business_id: uuid.UUID, rate_id: uuid.UUID) -> TaxRate:
    """One rate.

    Raises:
        NotFound: there is no such rate.
    """
    with db.reading(business_id):
        found = db.first(select(rates).where(rates.c.business_id == business_id, rates.c.id == rate_id))
    if found is None:
        raise NotFound("not_found", "There is no such tax rate.")
    return found
