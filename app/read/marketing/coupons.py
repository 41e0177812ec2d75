"""Coupon templates, coupons and batches, as the API and the portal list them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from app.core import clock, db, paging
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.marketing import codes
from app.domain.marketing.coupon_use import rule_of
from app.domain.marketing.describe import gives
from app.domain.marketing.describe_coupon import describe_template
from app.domain.marketing.models import Coupon, CouponBatch, CouponTemplate, CouponUse
from app.domain.orders.models import Order
from app.read.marketing.coupon_rows import BatchRow, CouponRow, SpentRow
from app.read.named_row import StatusCount

PAGE = 50
BATCHES = 20  # of one template on a page
EXPORTED = 1000  # rows read at a time
templates, coupons = db.table(CouponTemplate), db.table(Coupon)
batches, uses = db.table(CouponBatch), db.table(CouponUse)


@dataclass(frozen=True)
class Card:
    """One template (row of coupon_templates) and what it says in plain words."""

    row: CouponTemplate
    words: str

    @property
    def short(self) -> str:
        """Only what it gives."""
        return gives(rule_of(self.row))

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        return self.row.ends_at is not None and self.row.ends_at <= clock.now()

    @property
    def id(self) -> uuid.UUID:
        """The template's id."""
        return self.row.id

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return self.row.created_at


@dataclass(frozen=True)
class UsageTotals:
    """What a template's coupons gave so far: orders that hold or used one, amounts by currency, coupons by status."""

    orders: int
    by_currency: tuple[tuple[str, int], ...]
    by_status: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list of coupons is narrowed to. `code` is found however it was typed."""

    template_id: uuid.UUID | None = None
    batch_id: uuid.UUID | None = None
    buyer_reference: str = ""
    status: str = ""
    code: str = ""


def list_templates(business_id: uuid.UUID, *, status: str, after: After, limit: int) -> list[Card]:
    """Templates, newest first, one more than `limit`."""
    query = select(templates).where(templates.c.business_id == business_id)
    if status:
        query = query.where(templates.c.status == status)
    with db.reading(business_id):
        return [card_of(row) for row in db.rows(newest_first(query, templates, after, limit))]


def get_template(business_id: uuid.UUID, template_id: uuid.UUID) -> Card:
    """One template.

    Raises:
        NotFound: the business has no such template.
    """
    with db.reading(business_id):
        row = db.get(CouponTemplate, template_id)
    return card_of(row)


def usage_of(business_id: uuid.UUID, template_id: uuid.UUID) -> UsageTotals:
    """What the template's coupons gave so far."""
    sums = (
        db.select_as(
            SpentRow,
            select(Order.currency, func.count().label("orders"), func.sum(uses.c.spent_minor).label("minor")),
        )
        .join(uses, (uses.c.business_id == Order.business_id) & (uses.c.order_id == Order.id))
        .where(uses.c.business_id == business_id, uses.c.template_id == template_id, uses.c.released.is_(False))
        .group_by(Order.currency)
        .order_by(Order.currency)
    )
    counted = (
        db.select_as(StatusCount, select(coupons.c.status, func.count().label("number")))
        .where(coupons.c.business_id == business_id, coupons.c.template_id == template_id)
        .group_by(coupons.c.status)
    )
    with db.reading(business_id):
        rows, states = db.rows(sums), db.rows(counted)
    return UsageTotals(
        sum(row.orders for row in rows),
        tuple((row.currency, int(row.minor)) for row in rows),
        {row.status: row.number for row in states},
    )


def list_coupons(business_id: uuid.UUID, filters: Filter, *, after: After, limit: int) -> list[CouponRow]:
    """Coupons, newest first, one more than `limit`, each with its `template_name`."""
    query = with_template(business_id)
    if filters.template_id is not None:
        query = query.where(coupons.c.template_id == filters.template_id)
    if filters.batch_id is not None:
        query = query.where(coupons.c.batch_id == filters.batch_id)
    if filters.buyer_reference:
        query = query.where(coupons.c.buyer_reference == filters.buyer_reference)
    if filters.status:
        query = query.where(coupons.c.status == filters.status)
    if filters.code:
        query = query.where(coupons.c.code == codes.normal(filters.code))
    with db.reading(business_id):
        return list(db.rows(newest_first(query, coupons, after, limit)))


def get_coupon(business_id: uuid.UUID, coupon_id: uuid.UUID) -> CouponRow:
    """One coupon with its `template_name`.

    Raises:
        NotFound: the business has no such coupon.
    """
    with db.reading(business_id):
        row = db.first(with_template(business_id).where(coupons.c.id == coupon_id))
    if row is None:
        raise NotFound("not_found", "There is no such coupon.")
    return row


def shown_code(coupon: Coupon) -> str:
    """A coupon's code as people type it."""
    return codes.shown(coupon.code)


def page_of_batches(business_id: uuid.UUID, template_id: uuid.UUID, *, cursor: str) -> paging.Page[CouponBatch]:
    """A page of the template's batches, newest first."""
    query = select(batches).where(batches.c.business_id == business_id, batches.c.template_id == template_id)
    with db.reading(business_id):
        found = db.rows(newest_first(query, batches, paging.key_of(cursor), BATCHES))
    shown, following = paging.cut(found, BATCHES)
    return paging.Page(tuple(shown), following)


def get_batch(business_id: uuid.UUID, batch_id: uuid.UUID) -> BatchRow:
    """One batch with its `template_name`.

    Raises:
        NotFound: the business has no such batch.
    """
    with db.reading(business_id):
        row = db.first(
            db.select_as(BatchRow, select(batches, templates.c.name.label("template_name")))
            .join(
                templates,
                (templates.c.business_id == batches.c.business_id) & (templates.c.id == batches.c.template_id),
            )
            .where(batches.c.business_id == business_id, batches.c.id == batch_id)
        )
    if row is None:
        raise NotFound("not_found", "There is no such batch.")
    return row


def codes_of(business_id: uuid.UUID, batch_id: uuid.UUID) -> Iterator[tuple[str, str, str, str]]:
    """Every coupon of the batch by id: code as people type it, template, status, end."""
    last: uuid.UUID | None = None
    while True:
        query = with_template(business_id).where(coupons.c.batch_id == batch_id).order_by(coupons.c.id).limit(EXPORTED)
        with db.reading(business_id):
            rows = db.rows(query if last is None else query.where(coupons.c.id > last))
        for row in rows:
            ends = row.expires_at.isoformat() if row.expires_at else ""
            yield shown_code(row), row.template_name, row.status, ends
        if len(rows) < EXPORTED:
            return
        last = rows[-1].id


def uses_of(order_id: uuid.UUID) -> list[CouponUse]:
    """What coupons gave with an order, in the open transaction."""
    query = select(uses).where(uses.c.business_id == db.here(), uses.c.order_id == order_id)
    return list(db.rows(query.order_by(uses.c.id).limit(PAGE)))


def with_template(business_id: uuid.UUID) -> Select[CouponRow]:
    """The business's coupons, each with its `template_name`; narrow it down, and give it a limit."""
    return (
        db.select_as(CouponRow, select(coupons, templates.c.name.label("template_name")))
        .join(templates, (templates.c.business_id == coupons.c.business_id) & (templates.c.id == coupons.c.template_id))
        .where(coupons.c.business_id == business_id)
    )


def card_of(row: CouponTemplate) -> Card:
    """A row of coupon_templates with its words."""
    return Card(row, describe_template(row))
