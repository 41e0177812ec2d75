"""A buyer's page: what they bought, have and said."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.domain.buyers.models import Buyer
from app.domain.catalog.models import Product
from app.domain.marketing.models import Coupon
from app.domain.orders.models import Order
from app.read.buyers import buyers as read
from app.read.fulfilment.memberships import Membership, memberships_of
from app.read.fulfilment.points_resource import points_of
from app.read.named_row import NamedRow
from app.read.wallets.wallets import Wallet, wallets_of

SHOWN = 10  # of each; their own lists have the rest


@dataclass(frozen=True, kw_only=True)
class BuyerPage:
    """A buyer with what hangs on them; `merged` are those who were merged into them, `into` whom they were merged
    into."""

    row: read.BuyerRow
    orders: Sequence[Order]
    wallets: Sequence[Wallet]
    points: int
    coupons: Sequence[Coupon]
    memberships: Sequence[tuple[str, Membership]]
    notes: Sequence[read.NoteRow]
    consents: Sequence[read.ConsentRow]
    merged: Sequence[read.BuyerRow]
    into: read.BuyerRow | None


def buyer_page(business_id: uuid.UUID, buyer_id: uuid.UUID) -> BuyerPage:
    """Everything about one buyer.

    Raises:
        NotFound: the business has no such buyer.
    """
    row = read.get_buyer(business_id, buyer_id)
    orders, coupons = db.table(Order), db.table(Coupon)
    mine = select(orders).where(orders.c.business_id == business_id, orders.c.buyer_reference == row.reference)
    theirs = select(coupons).where(coupons.c.business_id == business_id, coupons.c.buyer_reference == row.reference)
    memberships = memberships_of(business_id, row.reference)
    with db.reading(business_id):
        newest = db.rows(mine.order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(SHOWN))
        given = db.rows(theirs.order_by(coupons.c.created_at.desc(), coupons.c.id.desc()).limit(SHOWN))
        names = _names(business_id, [each.product_id for each in memberships])
        into = db.get(Buyer, row.merged_into_id) if row.merged_into_id is not None else None
    return BuyerPage(
        row=row,
        orders=newest,
        wallets=[each for each in wallets_of(business_id, buyer=row.reference) if each.total_minor],
        points=points_of(business_id, row.reference)[0],
        coupons=given,
        memberships=[(names[each.product_id], each) for each in memberships],
        notes=read.notes_of(business_id, buyer_id, limit=SHOWN)[:SHOWN],
        consents=read.consents_of(business_id, [buyer_id])[buyer_id],
        merged=read.merged_into(business_id, buyer_id),
        into=into,
    )


def _names(business_id: uuid.UUID, product_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    if not product_ids:
        return {}
    products = db.table(Product)
    named = select(products.c.id, products.c.name).where(
        products.c.business_id == business_id, products.c.id.in_(product_ids)
    )
    return {row.id: row.name for row in db.rows(db.select_as(NamedRow, named))}
