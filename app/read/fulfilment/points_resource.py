"""Buyers' points and how they came about."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.paging import After, newest_first
from app.domain.fulfilment.models import Delivery, PointsAccount, PointsEntry

AccountRow = PointsAccount  # for those who show one
if TYPE_CHECKING:

    class EntryRow(PointsEntry):
        """A line of a statement; `order_id` is the order it came from, if any."""

        order_id: Mapped[uuid.UUID | None]

else:
    EntryRow = PointsEntry


class _Balance(db.JoinedRow):
    balance: int
    owed: int


accounts = db.table(PointsAccount)
entries = db.table(PointsEntry)


def points_of(business_id: uuid.UUID, buyer: str) -> tuple[int, int]:
    """What the buyer has, and what the buyer owes; zero for somebody who never had any."""
    query = db.select_as(_Balance, select(accounts.c.balance, accounts.c.owed))
    with db.reading(business_id):
        found = db.first(query.where(accounts.c.business_id == business_id, accounts.c.buyer_reference == buyer))
    return (found.balance, found.owed) if found is not None else (0, 0)


def list_accounts(business_id: uuid.UUID, *, after: After, limit: int) -> list[PointsAccount]:
    """Buyers who have, or had, points, the newest first."""
    statement = select(accounts).where(accounts.c.business_id == business_id)
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, accounts, after, limit)))


def list_entries(business_id: uuid.UUID, buyer: str, *, after: After, limit: int) -> list[EntryRow]:
    """The buyer's entries with the order each came from, newest first."""
    statement = (
        db.select_as(EntryRow, select(entries, Delivery.order_id))
        .join(accounts, (accounts.c.business_id == entries.c.business_id) & (accounts.c.id == entries.c.account_id))
        .outerjoin(Delivery, (Delivery.business_id == entries.c.business_id) & (Delivery.id == entries.c.delivery_id))
        .where(entries.c.business_id == business_id, accounts.c.buyer_reference == buyer)
    )
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, entries, after, limit)))


def get_entry(business_id: uuid.UUID, entry_id: uuid.UUID) -> EntryRow:
    """One entry, made a moment ago."""
    with db.reading(business_id):
        found = db.first(
            db.select_as(EntryRow, select(entries, Delivery.order_id))
            .outerjoin(
                Delivery, (Delivery.business_id == entries.c.business_id) & (Delivery.id == entries.c.delivery_id)
            )
            .where(entries.c.business_id == business_id, entries.c.id == entry_id)
        )
    assert found is not None  # whoever asks has written it
    return found
