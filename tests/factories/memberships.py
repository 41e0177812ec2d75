"""Members, as people and keys make them."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.db.models import OutboxEvent
from app.domain.fulfilment.models import BuyerMembership
from app.workflow.fulfilment import refresh_memberships
from app.workflow.fulfilment.grant_membership import GrantCommand, grant_membership
from tests.factories.shop import Shop

DAY_S = 86_400
members = db.table(BuyerMembership)


def grant(shop: Shop, buyer: str = "buyer-1", days: int = 30, sku_id: uuid.UUID | None = None) -> uuid.UUID:
    """Days by hand; the membership's id."""
    command = GrantCommand(buyer=buyer, sku_id=sku_id or shop.sku_id, days=days)
    return grant_membership(shop.business_id, command, reason="a gift", actor="test")


def member(shop: Shop, membership_id: uuid.UUID) -> BuyerMembership:
    """The membership as it is now."""
    with db.reading(shop.business_id):
        return db.get(BuyerMembership, membership_id)


def membership_of(shop: Shop, buyer: str = "buyer-1") -> uuid.UUID:
    """The id of the buyer's one membership."""
    with db.reading(shop.business_id):
        [row] = db.rows(select(members.c.id).where(members.c.business_id == shop.business_id,
                                                   members.c.buyer_reference == buyer))  # fmt: skip
    found: uuid.UUID = row.id
    return found


def refresh(shop: Shop) -> None:
    """Do what the worker does about memberships."""
    while refresh_memberships.refresh(shop.business_id):
        pass


def events(shop: Shop) -> list[Any]:
    """What the outside could have heard of memberships, in order."""
    table = OutboxEvent.__table__
    return shop.many(select(table).where(table.c.topic.like("membership.%")).order_by(table.c.id))
