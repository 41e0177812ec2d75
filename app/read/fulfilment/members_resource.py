"""Memberships of buyers, one by one: what runs, what follows, and what was changed by hand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.core import clock, db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.fulfilment import members
from app.domain.fulfilment.membership import Period
from app.domain.fulfilment.models import BuyerMembership, Delivery, Entitlement, MembershipChange
from app.read.fulfilment.members_list import MemberRow, memberships, status_is, status_of, with_product
from app.read.fulfilment.memberships import Membership, membership_at

if TYPE_CHECKING:

    class ChangeRow(MembershipChange):
        """A change with the buyer on the other side of a move."""

        other_buyer: Mapped[str | None]

    class TimeRow(Entitlement):
        """An entitlement with the order that it came from, if it did."""

        order_id: Mapped[uuid.UUID | None]

else:
    ChangeRow, TimeRow = MembershipChange, Entitlement

changes, others = db.table(MembershipChange), db.table(BuyerMembership).alias("others")
entitlements = db.table(Entitlement)
MAX_TIMES = 100


@dataclass(frozen=True)
class MemberShown:
    """A membership: its row, what runs now (None: nothing), and what follows."""

    row: MemberRow
    current: Period | None
    following: tuple[Period, ...]

    @property
    def status(self) -> str:
        """`active` or `ended`."""
        return status_of(self.row)


def list_members(
    business_id: uuid.UUID,
    *,
    buyer_reference: str | None,
    product_id: uuid.UUID | None,
    level: str | None,
    status: str,
    ends: tuple[datetime | None, datetime | None],
    after: After,
    limit: int,
) -> list[MemberShown]:
    """Memberships, newest first, one more than `limit` when there are more: those of this buyer, product
    and level (None: of any), with this `status` (any other word: all), that end from the first of `ends` on and before
    the second."""
    with db.reading(business_id):
        query = with_product(business_id).where(*status_is(business_id, status))
        if buyer_reference is not None:
            query = query.where(memberships.c.buyer_reference == buyer_reference)
        if product_id is not None:
            query = query.where(memberships.c.product_id == product_id)
        if level is not None:
            query = query.where(memberships.c.level == level)
        if ends[0] is not None:
            query = query.where(memberships.c.ends_at >= ends[0])
        if ends[1] is not None:
            query = query.where(memberships.c.ends_at < ends[1])
        return _shown(db.rows(newest_first(query, memberships, after, limit)))


def get_member(business_id: uuid.UUID, membership_id: uuid.UUID) -> MemberShown:
    """One membership.

    Raises:
        NotFound: the business has no such membership.
    """
    with db.reading(business_id):
        found = _shown(db.rows(with_product(business_id).where(memberships.c.id == membership_id)))
    if not found:
        raise NotFound("not_found", "There is no such membership.")
    return found[0]


def list_changes(business_id: uuid.UUID, membership_id: uuid.UUID, *, after: After, limit: int) -> list[ChangeRow]:
    """What was changed by hand of a membership, newest first; none when there is no such membership."""
    query = (
        db.select_as(ChangeRow, select(changes, others.c.buyer_reference.label("other_buyer")))
        .outerjoin(others, (others.c.business_id == changes.c.business_id) & (others.c.id == changes.c.other_id))
        .where(changes.c.business_id == business_id, changes.c.membership_id == membership_id)
    )
    with db.reading(business_id):
        return list(db.rows(newest_first(query, changes, after, limit)))


def times_of(business_id: uuid.UUID, row: BuyerMembership) -> Sequence[TimeRow]:
    """The entitlements that a membership consists of, newest first, at most MAX_TIMES."""
    query = (
        db.select_as(TimeRow, select(entitlements, Delivery.order_id))
        .outerjoin(
            Delivery,
            (Delivery.business_id == entitlements.c.business_id) & (Delivery.id == entitlements.c.delivery_id),
        )
        .where(
            entitlements.c.business_id == business_id,
            entitlements.c.buyer_reference == row.buyer_reference,
            entitlements.c.product_id == row.product_id,
        )
        .order_by(entitlements.c.granted_at.desc(), entitlements.c.id.desc())
        .limit(MAX_TIMES)
    )
    with db.reading(business_id):
        return db.rows(query)


def _shown(rows: Sequence[MemberRow]) -> list[MemberShown]:
    """In the open reading."""
    if not rows:
        return []
    now = clock.now()
    found = members.read([(row.buyer_reference, row.product_id) for row in rows])
    shown = []
    for row in rows:
        known = membership_at(row.product_id, found[row.buyer_reference, row.product_id].rows, now)
        shown.append(_member(row, known))
    return shown


def _member(row: MemberRow, known: Membership | None) -> MemberShown:
    return MemberShown(row, known.current if known else None, known.following if known else ())
