"""What a buyer owns, for the buyer to see: memberships, licence keys, files, credit and points, and what the merchant's
system gave."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select

from app.core import clock, db
from app.core.errors import NotFound
from app.core.security import crypto
from app.domain.accounts.business.brand import LOGO, Logo, logo_of
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product
from app.domain.fulfilment import downloads
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.fulfilment.models import Delivery, DownloadRight, DownloadUse, Entitlement, Grant, LicenceKey
from app.domain.fulfilment.states import DeliveryStatus, LicenceKeyStatus
from app.domain.orders.models import Order, OrderLine
from app.lib.some import some
from app.read.fulfilment.memberships import Membership, memberships_of
from app.read.fulfilment.owned_row import OwnedRow
from app.read.fulfilment.points_resource import points_of
from app.read.named_row import NamedRow
from app.read.wallets.wallets import Wallet, wallets_of

MAX_COUNT = 200  # deliveries on one page, the newest


@dataclass(frozen=True)
class File:
    """A file to download: its newest version, and how often it can still be (None: as often as wanted)."""

    id: uuid.UUID
    name: str
    bytes: int
    left: int | None


@dataclass
class OwnedItem:
    """One line of one order. `until` is when its time ends; `keys` are shown in full: they are the buyer's."""

    title: str
    order_id: uuid.UUID
    order_number: str
    is_paid: bool
    quantity: int
    status: str
    delivered_at: datetime | None
    starts_at: datetime | None = None
    until: datetime | None = None
    text: str = ""
    level: str = ""
    keys: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    credit: tuple[int, str | None] | None = None  # minor units and their currency, or points without one
    right_id: uuid.UUID | None = None

    @property
    def running(self) -> bool:
        """Whether it can be used now."""
        return self.status == DeliveryStatus.DELIVERED and (self.until is None or self.until > clock.now())


class _Use(db.JoinedRow):
    right_id: uuid.UUID
    file_id: uuid.UUID
    used: int


class _Shop(db.JoinedRow):
    name: str
    mode: str
    logo_key: str | None
    logo_widths: list[int]
    logo_height: int


@dataclass(frozen=True)
class Owned:
    """Everything of one buyer at one business."""

    merchant: str
    logo: Logo | None
    mode: str
    items: tuple[OwnedItem, ...]
    wallets: tuple[Wallet, ...]
    points: int
    points_owed: int
    memberships: tuple[tuple[str, Membership], ...]  # with the product's name


def owned(business_id: uuid.UUID, buyer_reference: str) -> Owned:
    """What the buyer owns or awaits, the newest first; what was taken back is left out.

    Raises:
        NotFound: there is no such business.
    """
    shop = db.select_as(_Shop, select(Business.name, Business.mode, *LOGO))
    with db.reading(business_id):
        business = db.first(shop.where(Business.id == business_id))
        if business is None:
            raise NotFound("not_found", "There is no such shop.")
        rows = db.rows(_deliveries(business_id, buyer_reference))
        keys = _keys(business_id, [row.id for row in rows if row.kind == "licence_key"])
        files = _files(business_id, [row for row in rows if row.right_id is not None])
        points, points_owed = points_of(business_id, buyer_reference)
        held = wallets_of(business_id, buyer=buyer_reference)
        memberships = memberships_of(business_id, buyer_reference)
        names = _names(business_id, [each.product_id for each in memberships])
    return Owned(
        merchant=business.name,
        logo=logo_of(business),
        mode=business.mode,
        items=tuple(_owned_item(row, keys.get(row.id, []), files.get(row.id, [])) for row in rows),
        wallets=tuple(each for each in held if each.total_minor),
        points=points,
        points_owed=points_owed,
        # What has neither levels nor anything to come says it all among the goods.
        memberships=tuple((names[each.product_id], each) for each in memberships if _is_worth_showing(each)),
    )


def _is_worth_showing(membership: Membership) -> bool:
    return bool(membership.following) or (membership.current is not None and bool(membership.current.level))


def _deliveries(business_id: uuid.UUID, buyer_reference: str) -> Select[OwnedRow]:
    def same(one: Any, other: Any) -> Any:
        return one.business_id == other.business_id

    found = select(
        db.table(Delivery),
        OrderLine.title,
        OrderLine.quantity,
        Order.paid_at,
        Order.number.label("order_number"),
        Entitlement.starts_at,
        Entitlement.ends_at,
        Entitlement.level,
        Grant.granted,
        Grant.currency,
        DownloadRight.id.label("right_id"),
        DownloadRight.product_id,
        DownloadRight.sku_id,
        DownloadRight.allowed,
        DownloadRight.ends_at.label("right_ends_at"),
    )
    return (
        db.select_as(OwnedRow, found)
        .join(Order, and_(same(Order, Delivery), Order.id == Delivery.order_id))
        .join(OrderLine, and_(same(OrderLine, Delivery), OrderLine.id == Delivery.line_id))
        .outerjoin(Entitlement, and_(same(Entitlement, Delivery), Entitlement.delivery_id == Delivery.id))
        .outerjoin(Grant, and_(same(Grant, Delivery), Grant.delivery_id == Delivery.id))
        .outerjoin(DownloadRight, and_(same(DownloadRight, Delivery), DownloadRight.delivery_id == Delivery.id))
        .where(
            Delivery.business_id == business_id,
            Order.buyer_reference == buyer_reference,
            Delivery.status.in_((DeliveryStatus.PENDING, DeliveryStatus.DELIVERED)),
        )
        .order_by(Delivery.id.desc())
        .limit(MAX_COUNT)
    )


def _keys(business_id: uuid.UUID, delivery_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = {}
    if delivery_ids:
        table = db.table(LicenceKey)
        conditions = (table.c.business_id == business_id, table.c.delivery_id.in_(delivery_ids))
        for row in db.rows(
            select(table).where(*conditions, table.c.status == LicenceKeyStatus.DELIVERED).order_by(table.c.id)
        ):
            found.setdefault(some(row.delivery_id), []).append(
                crypto.decrypt(row.ciphertext, context=key_context(row.id))
            )
    return found


def _files(business_id: uuid.UUID, rights: Sequence[OwnedRow]) -> dict[uuid.UUID, list[File]]:
    """The files of each of these deliveries, all of which let the buyer fetch some."""
    if not rights:
        return {}
    uses = db.table(DownloadUse)
    query = select(uses.c.right_id, uses.c.file_id, uses.c.used).where(
        uses.c.business_id == business_id, uses.c.right_id.in_([row.right_id for row in rights])
    )
    used = {(row.right_id, row.file_id): row.used for row in db.rows(db.select_as(_Use, query))}
    of_product = {product_id: downloads.newest(product_id) for product_id in {some(row.product_id) for row in rights}}
    return {
        right.id: [
            File(file.id, file.name, file.bytes, _left(right.allowed, used.get((some(right.right_id), file.id), 0)))
            for file in of_product[some(right.product_id)]
            if file.sku_id in (None, right.sku_id)
        ]
        for right in rights
    }


def _left(allowed: int | None, used: int) -> int | None:
    return None if allowed is None else max(0, allowed - used)


def _names(business_id: uuid.UUID, product_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    table = db.table(Product)
    if not product_ids:
        return {}
    query = select(table.c.id, table.c.name).where(table.c.business_id == business_id, table.c.id.in_(product_ids))
    return {row.id: row.name for row in db.rows(db.select_as(NamedRow, query))}


def _owned_item(row: OwnedRow, keys: list[str], files: list[File]) -> OwnedItem:
    return OwnedItem(
        title=row.title,
        order_id=row.order_id,
        order_number=row.order_number,
        is_paid=row.paid_at is not None,
        quantity=row.quantity,
        status=row.status,
        delivered_at=row.delivered_at,
        starts_at=row.starts_at,
        until=row.ends_at or row.right_ends_at,
        level=row.level or "",
        files=files,
        right_id=row.right_id,
        credit=(row.granted, row.currency) if row.granted is not None else None,
        text=(row.answer or {}).get("text", ""),
        keys=keys,
    )
