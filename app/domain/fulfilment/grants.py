"""What deliveries put to buyers' credit, money or points, and what was taken back of it. In the caller's phase."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db
from app.domain.fulfilment.models import Grant
from app.domain.fulfilment.rules import Clawback
from app.domain.fulfilment.types import Deliverable

grants = db.table(Grant)


def of(delivery_id: uuid.UUID) -> Grant | None:
    """The grant of this delivery, locked."""
    return db.first(
        select(grants).where(grants.c.business_id == db.here(), grants.c.delivery_id == delivery_id).with_for_update()
    )


def give(deliverable: Deliverable, *, amount: int, currency: str | None) -> None:
    """Write the grant of a delivery: an amount in minor units, or points without a currency."""
    db.add(
        Grant,
        delivery_id=deliverable.delivery_id,
        order_id=deliverable.order_id,
        buyer_reference=deliverable.buyer_reference,
        currency=currency,
        granted=amount,
        when_spent=deliverable.options.get("when_spent", "case"),
    )


def claw_back(grant: Grant, back: Clawback) -> None:
    """Write what became of the grant when it was clawed back."""
    change = db.change(
        Grant,
        grant.id,
        revoked_at=clock.now(),
        clawed_back=back.clawed_back,
        owed=back.owed,
        written_off=back.written_off,
    )
    db.write(change, expect=1)
