"""Checkout configurations: as lists show them, and what came of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock, db, paging
from app.core.paging import After, newest_first
from app.domain.catalog import queries as catalog
from app.domain.catalog.rules import title
from app.domain.catalog.sku_rows import SkuWithProduct
from app.domain.catalog.states import ProductStatus
from app.domain.orders.models import CheckoutConfiguration, CheckoutSession, Order
from app.domain.orders.types import read_items

ConfigurationRow = CheckoutConfiguration  # for those who show one
PAGE = 20
LOOK_BACK = timedelta(days=30)
configurations, sessions = db.table(CheckoutConfiguration), db.table(CheckoutSession)


class _Uses(db.JoinedRow):
    configuration_id: uuid.UUID
    opened: int
    paid: int


@dataclass(frozen=True)
class Line:
    """A quantity of something; `problem` says why nobody can buy it just now."""

    sku_id: uuid.UUID
    title: str
    quantity: int
    problem: str


@dataclass(frozen=True)
class Used:
    """Checkouts that were opened in the last days, and orders of them that were paid."""

    opened: int = 0
    paid: int = 0


@dataclass(frozen=True)
class Card:
    """A configuration (its row), what it sells and what came of it."""

    row: CheckoutConfiguration
    lines: tuple[Line, ...]
    used: Used


def list_configurations(
    business_id: uuid.UUID, *, archived: bool, after: After, limit: int
) -> list[CheckoutConfiguration]:
    """Rows, newest first, one more than `limit`."""
    table = configurations.c
    query = select(configurations).where(table.business_id == business_id, table.archived_at.isnot(None) == archived)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, configurations, after, limit)))


def page_of_configurations(business_id: uuid.UUID, *, archived: bool, cursor: str) -> paging.Page[Card]:
    """A page of the portal's list."""
    with db.reading(business_id):
        found = list_configurations(business_id, archived=archived, after=paging.key_of(cursor), limit=PAGE)
        rows, next_cursor = paging.cut(found, PAGE)
        return paging.Page(tuple(_cards(rows)), next_cursor)


def get_configuration(business_id: uuid.UUID, configuration_id: uuid.UUID) -> CheckoutConfiguration:
    """One configuration's row.

    Raises:
        NotFound: the business has no such configuration.
    """
    with db.reading(business_id):
        return db.get(CheckoutConfiguration, configuration_id)


def configuration_card(business_id: uuid.UUID, configuration_id: uuid.UUID) -> Card:
    """One configuration as its page shows it.

    Raises:
        NotFound: the business has no such configuration.
    """
    with db.reading(business_id):
        return _cards([get_configuration(business_id, configuration_id)])[0]


def _cards(rows: Collection[CheckoutConfiguration]) -> list[Card]:
    sku_ids = {item.sku_id for row in rows for item in read_items(row.items)}
    skus = {sku.id: sku for sku in db.rows(catalog.skus_with_products(sku_ids))} if sku_ids else {}
    used = _used([row.id for row in rows])
    return [Card(row, tuple(_lines(row, skus)), used.get(row.id, Used())) for row in rows]


def _lines(row: CheckoutConfiguration, skus: Mapping[uuid.UUID, SkuWithProduct]) -> list[Line]:
    found = []
    for item in read_items(row.items):
        sku = skus[item.sku_id]
        left = None if sku.stock is None else sku.stock - sku.reserved
        problem = ""
        if sku.product_status != ProductStatus.ON_SALE or not sku.active:
            problem = "not on sale"
        elif left is not None and left < item.quantity:
            problem = "sold out"
        found.append(Line(item.sku_id, title(sku), item.quantity, problem))
    return found


def _used(configuration_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Used]:
    query = (
        select(sessions.c.configuration_id, func.count().label("opened"), func.count(Order.paid_at).label("paid"))
        .outerjoin(Order, (Order.business_id == sessions.c.business_id) & (Order.id == sessions.c.order_id))
        .where(
            sessions.c.business_id == db.here(),
            sessions.c.configuration_id.in_(list(configuration_ids)),
            sessions.c.created_at >= clock.now() - LOOK_BACK,
        )
        .group_by(sessions.c.configuration_id)
        .limit(len(configuration_ids) or 1)
    )
    return {row.configuration_id: Used(row.opened, row.paid) for row in db.rows(db.select_as(_Uses, query))}
