"""A SKU's pool of licence keys."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.core.security import crypto
from app.domain.catalog.models import Sku
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.fulfilment.models import Delivery, LicenceKey
from app.domain.fulfilment.states import LicenceKeyStatus
from app.read.named_row import StatusCount

if TYPE_CHECKING:

    class _KeyWithOrder(LicenceKey):
        order_id: Mapped[uuid.UUID | None]

else:
    _KeyWithOrder = LicenceKey

PAGE = 50
table, deliveries = db.table(LicenceKey), db.table(Delivery)
_WITH_ORDER = db.select_as(_KeyWithOrder, select(table, deliveries.c.order_id)).outerjoin(
    deliveries, (deliveries.c.business_id == table.c.business_id) & (deliveries.c.id == table.c.delivery_id)
)


@dataclass(frozen=True)
class KeyRow:
    """One key without its secret: `hint` is its last letters; `order_id` whose order has it."""

    id: uuid.UUID
    sku_id: uuid.UUID
    status: str
    hint: str
    created_at: datetime
    order_id: uuid.UUID | None


@dataclass(frozen=True)
class Pool:
    """How many keys there are in each state."""

    free: int
    delivered: int
    revoked: int
    low_at: int | None

    @property
    def low(self) -> bool:
        """Whether it is time to add keys."""
        return self.low_at is not None and self.free <= self.low_at


def pool_of(business_id: uuid.UUID, sku_id: uuid.UUID) -> Pool:
    """The pool of one SKU; an empty one when it has no keys."""
    conditions = (table.c.business_id == business_id, table.c.sku_id == sku_id)
    with db.reading(business_id):
        counted = db.rows(
            db.select_as(StatusCount, select(table.c.status, func.count().label("number")))
            .where(*conditions)
            .group_by(table.c.status)
        )
        counts = {row.status: row.number for row in counted}
        low_at = db.scalar(select(Sku.low_stock).where(Sku.business_id == business_id, Sku.id == sku_id))
    return Pool(
        counts.get(LicenceKeyStatus.FREE, 0),
        counts.get(LicenceKeyStatus.DELIVERED, 0),
        counts.get(LicenceKeyStatus.REVOKED, 0),
        low_at,
    )


def list_keys(business_id: uuid.UUID, sku_id: uuid.UUID, *, status: str, after: After, limit: int) -> list[KeyRow]:
    """Keys of one SKU, newest first, one more than `limit`; none when there is no such SKU."""
    query = _WITH_ORDER.where(table.c.business_id == business_id, table.c.sku_id == sku_id)
    if status:
        query = query.where(table.c.status == status)
    with db.reading(business_id):
        return [_shown(row) for row in db.rows(newest_first(query, table, after, limit))]


def page_of_keys(business_id: uuid.UUID, sku_id: uuid.UUID, *, cursor: str) -> paging.Page[KeyRow]:
    """A page of the portal's list, the newest first."""
    found = list_keys(business_id, sku_id, status="", after=paging.key_of(cursor), limit=PAGE)
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)


def get_key(business_id: uuid.UUID, key_id: uuid.UUID) -> KeyRow:
    """One key.

    Raises:
        NotFound: the business has no such key.
    """
    with db.reading(business_id):
        row = db.first(_WITH_ORDER.where(table.c.business_id == business_id, table.c.id == key_id))
    if row is None:
        raise NotFound("not_found", "There is no such key.")
    return _shown(row)


def _shown(row: _KeyWithOrder) -> KeyRow:
    text = crypto.decrypt(row.ciphertext, context=key_context(row.id))
    return KeyRow(
        row.id, row.sku_id, row.status, f"…{text[-4:]}" if len(text) > 8 else "…", row.created_at, row.order_id
    )
