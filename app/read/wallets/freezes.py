"""Frozen parts of wallets and how they were released."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.ledger.models import FreezeRelease, WalletFreeze

MANY = 200  # releases of one freeze that are shown

freezes = db.table(WalletFreeze)
releases = db.table(FreezeRelease)


@dataclass(frozen=True)
class Freeze:
    """One freeze with its releases, oldest first."""

    row: WalletFreeze
    releases: tuple[FreezeRelease, ...]


def list_freezes(
    business_id: uuid.UUID, *, buyer: str | None, status: str | None, after: After, limit: int
) -> list[Freeze]:
    """Freezes, newest first, one more than `limit`."""
    statement = select(freezes).where(freezes.c.business_id == business_id)
    if buyer is not None:
        statement = statement.where(freezes.c.buyer_reference == buyer)
    if status is not None:
        statement = statement.where(freezes.c.status == status)
    with db.reading(business_id):
        return _with_releases(business_id, db.rows(newest_first(statement, freezes, after, limit)))


def get_freeze(business_id: uuid.UUID, freeze_id: uuid.UUID) -> Freeze:
    """One freeze.

    Raises:
        NotFound: the business has no such freeze.
    """
    with db.reading(business_id):
        found = db.rows(select(freezes).where(freezes.c.business_id == business_id, freezes.c.id == freeze_id))
        if not found:
            raise NotFound("not_found", "There is no such freeze.")
        return _with_releases(business_id, found)[0]


def _with_releases(business_id: uuid.UUID, found: Sequence[WalletFreeze]) -> list[Freeze]:
    by_freeze: dict[uuid.UUID, list[FreezeRelease]] = defaultdict(list)
    if found:
        of_these = select(releases).where(
            releases.c.business_id == business_id, releases.c.freeze_id.in_([row.id for row in found])
        )
        for row in db.rows(of_these.order_by(releases.c.created_at, releases.c.id).limit(MANY * len(found))):
            by_freeze[row.freeze_id].append(row)
    return [Freeze(row, tuple(by_freeze[row.id])) for row in found]
