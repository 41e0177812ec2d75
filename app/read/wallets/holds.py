"""Holds on wallets and how they were released."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.ledger.models import HoldRelease, WalletHold

MAX_RELEASES = 200  # releases of one hold that are shown

holds = db.table(WalletHold)
releases = db.table(HoldRelease)


@dataclass(frozen=True)
class Hold:
    """One hold with its releases, oldest first."""

    row: WalletHold
    releases: tuple[HoldRelease, ...]


def list_holds(
    business_id: uuid.UUID, *, buyer: str | None, status: str | None, after: After, limit: int
) -> list[Hold]:
    """Holds, newest first, one more than `limit`."""
    statement = select(holds).where(holds.c.business_id == business_id)
    if buyer is not None:
        statement = statement.where(holds.c.buyer_reference == buyer)
    if status is not None:
        statement = statement.where(holds.c.status == status)
    with db.reading(business_id):
        return _with_releases(business_id, db.rows(newest_first(statement, holds, after, limit)))


def get_hold(business_id: uuid.UUID, hold_id: uuid.UUID) -> Hold:
    """One hold.

    Raises:
        NotFound: the business has no such hold.
    """
    with db.reading(business_id):
        return _with_releases(business_id, [db.get(WalletHold, hold_id)])[0]


def _with_releases(business_id: uuid.UUID, found: Sequence[WalletHold]) -> list[Hold]:
    by_hold: dict[uuid.UUID, list[HoldRelease]] = defaultdict(list)
    if found:
        of_these = select(releases).where(
            releases.c.business_id == business_id, releases.c.hold_id.in_([row.id for row in found])
        )
        for row in db.rows(of_these.order_by(releases.c.created_at, releases.c.id).limit(MAX_RELEASES * len(found))):
            by_hold[row.hold_id].append(row)
    return [Hold(row, tuple(by_hold[row.id])) for row in found]
