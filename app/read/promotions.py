"""Promotions as the portal lists them, and the cart tester's prices."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, func, select

from app.core import clock, db
from app.core.errors import Invalid, NotFound
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.queries import CATEGORY_CODES, RUNNING_PRICES
from app.domain.marketing import listing
from app.domain.marketing import service as marketing
from app.domain.marketing.describe import describe
from app.domain.marketing.models import Promotion, PromotionUse
from app.domain.marketing.pricing import price
from app.domain.marketing.types import Cart, Context, Item, Offer, Priced, Usage
from app.domain.orders.models import Order
from app.domain.payments.channels import registry

PAGE = 200
promotions, uses = Promotion.__table__, PromotionUse.__table__


@dataclass(frozen=True)
class Card:
    """One promotion (row of promotions) and what it says in plain words."""

    row: Row[Any]
    words: str

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        return self.row.ends_at is not None and self.row.ends_at <= clock.now()


@dataclass(frozen=True)
class Given:
    """What a promotion gave so far, with orders that are not closed."""

    orders: int
    by_currency: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Tried:
    """A cart that was tried: names of its SKUs by line, and its price."""

    names: dict[str, str]
    priced: Priced


def list_promotions(business_id: uuid.UUID, *, status: str = "") -> tuple[Card, ...]:
    """Promotions, the newest first."""
    query = select(promotions).where(promotions.c.business_id == business_id)
    if status:
        query = query.where(promotions.c.status == status)
    with db.reading(business_id):
        rows = db.rows(query.order_by(promotions.c.created_at.desc(), promotions.c.id.desc()).limit(PAGE))
    return tuple(_card(row) for row in rows)


def promotion_page(business_id: uuid.UUID, promotion_id: uuid.UUID) -> tuple[Card, Given]:
    """One promotion and what it gave.

    Raises:
        NotFound: the business has no such promotion.
    """
    with db.reading(business_id):
        row = db.first(
            select(promotions).where(promotions.c.business_id == business_id, promotions.c.id == promotion_id)
        )
        if row is None:
            raise NotFound("not_found", "There is no such promotion.")
        sums = db.rows(
            select(Order.currency, func.count().label("orders"), func.sum(uses.c.spent_minor).label("minor"))
            .join(uses, (uses.c.business_id == Order.business_id) & (uses.c.order_id == Order.id))
            .where(uses.c.business_id == business_id, uses.c.promotion_id == promotion_id, uses.c.released.is_(False))
            .group_by(Order.currency)
            .order_by(Order.currency)
            .limit(PAGE)
        )
    given = Given(sum(int(each.orders) for each in sums), tuple((each.currency, int(each.minor)) for each in sums))
    return _card(row), given


def _card(row: Row[Any]) -> Card:
    return Card(row, describe(marketing.rule_of(row), titles=_titles()))


def sellable(business_id: uuid.UUID) -> tuple[Row[Any], ...]:
    """SKUs (id, product_id, name, currency, price_minor, prices, product_name) of products not archived, by name."""
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
        .where(Sku.business_id == business_id, Product.status != "archived")
        .order_by(Product.name, Sku.price_minor, Sku.id)
        .limit(PAGE)
    )
    with db.reading(business_id):
        return tuple(db.rows(query))


def try_cart(
    business_id: uuid.UUID,
    pieces: Sequence[tuple[uuid.UUID, int]],
    *,
    groups: Collection[str],
    is_first_purchase: bool,
    statuses: Collection[str],
    channel: str | None = None,
) -> Tried:
    """The price of a cart now, with the promotions of these statuses and what is left of their budgets, when
    it is paid by `channel`; every buyer is a new one to limits per buyer.

    Raises:
        Invalid: no such SKU, several currencies, or nothing in the cart.
    """
    known = {row.id: row for row in sellable(business_id)}
    if not pieces or any(sku_id not in known for sku_id, _ in pieces):
        raise Invalid("invalid_cart", "Choose what is in the cart.")
    currencies = sorted({known[sku_id].currency for sku_id, _ in pieces})
    if len(currencies) > 1:
        raise Invalid("mixed_currencies", f"A cart has one currency, not {' and '.join(currencies)}.")
    wanted = select(promotions).where(promotions.c.business_id == business_id, promotions.c.status.in_(list(statuses)))
    with db.reading(business_id):
        rows = db.rows(wanted.order_by(promotions.c.id).limit(PAGE))
    items = tuple(Item(str(number), sku_id, count) for number, (sku_id, count) in enumerate(pieces))
    context = Context(
        now=clock.now(),
        buyer_groups=frozenset(groups),
        is_first_purchase=is_first_purchase,
        channel=channel,
        usage={row.id: Usage(uses=row.uses, spent_minor=row.spent_minor) for row in rows},
    )
    offers = [_offer(known[sku_id]) for sku_id in {sku_id for sku_id, _ in pieces}]
    priced = price(Cart(currencies[0], items), offers, [marketing.rule_of(row) for row in rows], (), context)
    return Tried({item.key: _name(known[item.sku_id]) for item in items}, _with_titles(priced, rows))


def _with_titles(priced: Priced, rows: Sequence[Row[Any]]) -> Priced:
    """The same, with channels called as people know them."""
    bound = {row.id: " or ".join(sorted(_titles().get(name, name) for name in row.channels)) for row in rows}
    verdicts = (
        replace(each, text=f"It is for payments by {bound[each.rule_id]}.") if each.reason == "channel" else each
        for each in priced.verdicts
    )
    return replace(priced, verdicts=tuple(verdicts))


def _titles() -> dict[str, str]:
    return {name: channel.title for name, channel in registry.CHANNELS.items()}


def _offer(row: Row[Any]) -> Offer:
    tiers = listing.tiers(row, row.currency)
    return Offer(
        sku_id=row.id,
        product_id=row.product_id,
        currency=row.currency,
        tiers=tiers,
        categories=frozenset(row.categories or ()),
        name=_name(row),
    )


def _name(row: Row[Any]) -> str:
    return f"{row.product_name}, {row.name}"
