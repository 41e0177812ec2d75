"""Promotions as the portal lists them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.core import clock, db, paging
from app.core.paging import After, newest_first
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.queries import CATEGORY_CODES, RUNNING_PRICES
from app.domain.catalog.states import ProductStatus
from app.domain.marketing import listing
from app.domain.marketing import service as marketing
from app.domain.marketing.describe import describe
from app.domain.marketing.models import Promotion, PromotionUse
from app.domain.orders.models import Order
from app.domain.payments.channels import registry
from app.read.marketing.coupon_rows import SpentRow

PAGE = 200  # currencies of one promotion, and SKUs to choose from
SHOWN = 50  # promotions on a page
promotions, uses = db.table(Promotion), db.table(PromotionUse)


@dataclass(frozen=True)
class Card:
    """One promotion (row of promotions) and what it says in plain words."""

    row: Promotion
    words: str

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        return self.row.ends_at is not None and self.row.ends_at <= clock.now()


class SellableSku(db.JoinedRow):
    """A SKU that a promotion may be tried with; `prices` are those that hold now beside its base price, as
    `domain.catalog.queries.RUNNING_PRICES`, `categories` codes from the top of the tree down."""

    id: uuid.UUID
    product_id: uuid.UUID
    name: str
    currency: str
    price_minor: int
    prices: list[list[Any]] | None
    categories: list[str] | None
    product_name: str


@dataclass(frozen=True)
class UsageTotals:
    """What a promotion gave so far, with orders that are not closed."""

    orders: int
    by_currency: tuple[tuple[str, int], ...]


def page_of_promotions(business_id: uuid.UUID, *, status: str, cursor: str) -> paging.Page[Card]:
    """A page of the portal's list, the newest first."""
    found = newest_promotions(business_id, status=status, after=paging.key_of(cursor), limit=SHOWN)
    _, following = paging.cut([card.row for card in found], SHOWN)
    return paging.Page(tuple(found[:SHOWN]), following)


def newest_promotions(business_id: uuid.UUID, *, status: str, after: After, limit: int) -> list[Card]:
    """Promotions, newest first, one more than `limit`."""
    query = select(promotions).where(promotions.c.business_id == business_id)
    if status:
        query = query.where(promotions.c.status == status)
    with db.reading(business_id):
        return [_card(row) for row in db.rows(newest_first(query, promotions, after, limit))]


def get_promotion(business_id: uuid.UUID, promotion_id: uuid.UUID) -> Card:
    """One promotion.

    Raises:
        NotFound: the business has no such promotion.
    """
    with db.reading(business_id):
        return _card(db.get(Promotion, promotion_id))


def promotion_page(business_id: uuid.UUID, promotion_id: uuid.UUID) -> tuple[Card, UsageTotals]:
    """One promotion and what it gave.

    Raises:
        NotFound: the business has no such promotion.
    """
    with db.reading(business_id):
        row = db.get(Promotion, promotion_id)
        sums = db.rows(
            db.select_as(
                SpentRow,
                select(Order.currency, func.count().label("orders"), func.sum(uses.c.spent_minor).label("minor")),
            )
            .join(uses, (uses.c.business_id == Order.business_id) & (uses.c.order_id == Order.id))
            .where(uses.c.business_id == business_id, uses.c.promotion_id == promotion_id, uses.c.released.is_(False))
            .group_by(Order.currency)
            .order_by(Order.currency)
            .limit(PAGE)
        )
    usage = UsageTotals(sum(each.orders for each in sums), tuple((each.currency, int(each.minor)) for each in sums))
    return _card(row), usage


def _card(row: Promotion) -> Card:
    return Card(row, describe(marketing.rule_of(row), titles=titles()))


def sellable(business_id: uuid.UUID) -> tuple[SellableSku, ...]:
    """SKUs of products not archived, by name; `unit_minor_now` says what one unit of one costs."""
    query = (
        select(
            Sku.id,
            Sku.product_id,
            Sku.name,
            Sku.currency,
            Sku.price_minor,
            RUNNING_PRICES,
            CATEGORY_CODES,
            Product.name.label("product_name"),
        )
        .join(Product, (Product.business_id == Sku.business_id) & (Product.id == Sku.product_id))
        .where(Sku.business_id == business_id, Product.status != ProductStatus.ARCHIVED)
        .order_by(Product.name, Sku.price_minor, Sku.id)
        .limit(PAGE)
    )
    with db.reading(business_id):
        return tuple(db.rows(db.select_as(SellableSku, query)))


def unit_minor_now(row: SellableSku) -> int:
    """What one unit of a SKU costs now, in its own currency."""
    return listing.unit_minor(row, currency=row.currency, quantity=1, now=clock.now())


def titles() -> dict[str, str]:
    """Channels as people know them, by name."""
    return {name: channel.title for name, channel in registry.CHANNELS.items()}
