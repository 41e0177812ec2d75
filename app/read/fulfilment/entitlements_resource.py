"""What a buyer is entitled to."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.paging import After, newest_first
from app.domain.fulfilment.models import Delivery, Entitlement

if TYPE_CHECKING:

    class EntitlementRow(Entitlement):
        """An entitlement with the order it came from, if it did."""

        order_id: Mapped[uuid.UUID | None]

else:
    EntitlementRow = Entitlement

entitlements = db.table(Entitlement)


def list_entitlements(
    business_id: uuid.UUID, *, buyer_reference: str, after: After, limit: int
) -> list[EntitlementRow]:
    """The buyer's entitlements with the order each came from, newest first."""
    statement = (
        db.select_as(EntitlementRow, select(entitlements, Delivery.order_id))
        .outerjoin(
            Delivery,
            (Delivery.business_id == entitlements.c.business_id) & (Delivery.id == entitlements.c.delivery_id),
        )
        .where(entitlements.c.business_id == business_id, entitlements.c.buyer_reference == buyer_reference)
    )
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, entitlements, after, limit)))
