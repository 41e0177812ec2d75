"""What narrows orders beside their state and day: amounts, what was bought, and which channel brought the money."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, select, union_all

from app.core import db, ids
from app.core.db.typed import AnySelect
from app.core.money import exponent
from app.domain.catalog import queries as catalog
from app.domain.catalog.models import Sku
from app.domain.marketing.codes import normal
from app.domain.marketing.models import Coupon, CouponTemplate, CouponUse
from app.domain.orders.models import Order, OrderLine
from app.domain.payments.models import PAYING_KINDS, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.payments.states import AttemptStatus

orders, lines, skus = db.table(Order), db.table(OrderLine), db.table(Sku)
transactions, attempts = db.table(PaymentTransaction), db.table(PaymentAttempt)
accounts = db.table(ChannelAccount)
coupons, templates, uses = db.table(Coupon), db.table(CouponTemplate), db.table(CouponUse)
MAX_NEWEST = 10_000  # orders that are looked through for a product
MAX_PRODUCTS = 200  # whose name has a part in common
MAX_SKUS = 200  # of one code, in capitals or not


class _Currency(db.JoinedRow):
    code: str


class _Sku(db.JoinedRow):
    id: uuid.UUID
    product_id: uuid.UUID


def currencies(business_id: uuid.UUID) -> list[str]:
    """The currencies of the business's orders, by name: one look into an index for each of them."""
    conditions = orders.c.business_id == business_id
    known = select(func.min(orders.c.currency).label("code")).where(conditions).cte("known", recursive=True)
    further = select(func.min(orders.c.currency)).where(conditions, orders.c.currency > known.c.code).scalar_subquery()
    known = known.union_all(select(further).where(known.c.code.is_not(None)))
    found = db.select_as(_Currency, select(known.c.code).where(known.c.code.is_not(None)).limit(400))
    with db.reading(business_id):
        return [row.code for row in db.rows(found)]


def of_amount(currency: str, low: int | None, high: int | None) -> ColumnElement[bool]:
    """Orders of a currency, of so many minor units at least and at most."""
    found = [orders.c.currency == currency]
    found += [] if low is None else [orders.c.total_minor >= low]
    found += [] if high is None else [orders.c.total_minor <= high]
    return and_(*found)


def of_typed_amount(business_id: uuid.UUID, text: str) -> list[ColumnElement[bool]]:
    """Orders of the amount that somebody typed, such as `24`, `24.00` or `$24`: in each currency of the business.
    Nothing for what is no amount."""
    bare = re.sub(r"^[^\w-]|[^\w-]$|\b[A-Za-z]{3}\b", "", text.strip()).strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", bare, re.ASCII):
        return []
    amounts = ((currency, Decimal(bare).scaleb(exponent(currency))) for currency in currencies(business_id))
    return [of_amount(currency, int(minor), int(minor)) for currency, minor in amounts if minor == int(minor)]


def with_product(business_id: uuid.UUID, text: str) -> AnySelect:
    """Ids of orders with what a text names, as `bought` does: of the newest MAX_NEWEST orders."""
    named = bought(business_id, text)
    mine = select(orders.c.id).where(orders.c.business_id == business_id)
    newest = mine.order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(MAX_NEWEST).subquery()
    return select(orders.c.id).where(orders.c.business_id == business_id, orders.c.id.in_(select(newest.c.id)), named)


def with_coupon(business_id: uuid.UUID, code: str) -> AnySelect:
    """Ids of orders with a coupon of this code, or with this shared code."""
    entered = normal(code)
    own = select(coupons.c.id).where(coupons.c.business_id == business_id, coupons.c.code == entered)
    shared = select(templates.c.id).where(templates.c.business_id == business_id, templates.c.shared_code == entered)
    given = select(uses.c.order_id).where(uses.c.business_id == business_id)
    both = union_all(given.where(uses.c.coupon_id.in_(own)), given.where(uses.c.template_id.in_(shared))).subquery()
    return select(both.c.order_id)


def bought(business_id: uuid.UUID, text: str) -> ColumnElement[bool]:
    """Orders with what a text names: the id of a product or of a SKU, a SKU's code, or a part of a product's name (the
    MAX_PRODUCTS newest of them)."""
    sku_id, product_id = ids.try_parse(text, "sku"), ids.try_parse(text, "prd")
    with db.reading(business_id):
        if sku_id is not None:
            return _with(business_id, _skus(business_id, skus.c.id == sku_id), ())
        if product_id is not None:
            return _with(business_id, (), [product_id])
        if "\x00" in text:
            return false()
        of_code = _skus(business_id, skus.c.code.in_({text, text.upper(), text.lower()}))
        named = catalog.matching(text, status=None, category_id=None, after=None, most=MAX_PRODUCTS)
    return _with(business_id, of_code, () if of_code else named)


def of_product(business_id: uuid.UUID, product_id: uuid.UUID) -> ColumnElement[bool]:
    """Orders with a product."""
    return _with(business_id, (), [product_id])


def of_sku(business_id: uuid.UUID, sku_id: uuid.UUID) -> ColumnElement[bool]:
    """Orders with a SKU."""
    with db.reading(business_id):
        return _with(business_id, _skus(business_id, skus.c.id == sku_id), ())


def of_seller(business_id: uuid.UUID, seller_id: uuid.UUID | None) -> ColumnElement[bool]:
    """Orders with a line that this seller sold; None is nobody."""
    return exists(
        select(literal(1))
        .where(lines.c.business_id == business_id, lines.c.order_id == orders.c.id, lines.c.seller_id == seller_id)
        .correlate(orders)
    )


def paid_through(business_id: uuid.UUID, of_attempt: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Orders whose money came by attempts of this kind."""
    same = and_(attempts.c.business_id == transactions.c.business_id, attempts.c.transaction_id == transactions.c.id)
    return exists(
        select(literal(1))
        .select_from(transactions.join(attempts, same))
        .where(
            transactions.c.business_id == business_id,
            transactions.c.order_id == orders.c.id,
            transactions.c.kind.in_(PAYING_KINDS),
            attempts.c.status == AttemptStatus.SUCCEEDED,
            attempts.c.applied.is_(True),
            *of_attempt,
        )
        .correlate(orders)
    )


def _skus(business_id: uuid.UUID, which: ColumnElement[bool]) -> Sequence[_Sku]:
    query = select(skus.c.id, skus.c.product_id).where(skus.c.business_id == business_id, which)
    return db.rows(db.select_as(_Sku, query.limit(MAX_SKUS)))


def _with(business_id: uuid.UUID, of_skus: Sequence[_Sku], product_ids: Collection[uuid.UUID]) -> ColumnElement[bool]:
    """Orders with a line of one of these; values, so that the database knows how many rows they stand for."""
    if not of_skus and not product_ids:
        return false()
    products = {row.product_id for row in of_skus} | set(product_ids)
    which = [lines.c.product_id.in_(products)]
    which += [lines.c.sku_id.in_([row.id for row in of_skus])] if of_skus else []
    return exists(
        select(literal(1))
        .where(lines.c.business_id == business_id, lines.c.order_id == orders.c.id, *which)
        .correlate(orders)
    )
