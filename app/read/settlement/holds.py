"""Settlement holds: one, and the list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.orders.models import OrderLine
from app.domain.settlement.batches import service as batches
from app.domain.settlement.holds.models import SettlementHold
from app.domain.settlement.partners.models import Partner

HoldRow = SettlementHold
PAGE = 50
holds, partners, lines = db.table(SettlementHold), db.table(Partner), db.table(OrderLine)


def get_hold(business_id: uuid.UUID, hold_id: uuid.UUID) -> SettlementHold:
    """One hold.

    Raises:
        NotFound: the business has no such hold.
    """
    with db.reading(business_id):
        return db.get(SettlementHold, hold_id)


def list_holds(
    business_id: uuid.UUID,
    *,
    partner_id: uuid.UUID | None = None,
    order_id: uuid.UUID | None = None,
    status: str = "",
    after: After,
    limit: int = PAGE,
) -> Sequence[SettlementHold]:
    """Holds, newest first, one more than `limit`."""
    query = select(holds).where(holds.c.business_id == business_id)
    query = query if partner_id is None else query.where(holds.c.partner_id == partner_id)
    query = query if order_id is None else query.where(holds.c.order_id == order_id)
    query = query.where(holds.c.status == status) if status else query
    with db.reading(business_id):
        return db.rows(newest_first(query, holds, after, limit))


def names_of(business_id: uuid.UUID, rows: Sequence[SettlementHold]) -> Mapping[uuid.UUID, str]:
    """What the partners and lines of these holds are called, by id."""
    of_partners = select(partners.c.id, partners.c.name).where(
        partners.c.business_id == business_id, partners.c.id.in_({row.partner_id for row in rows if row.partner_id})
    )
    of_lines = select(lines.c.id, lines.c.title.label("name")).where(
        lines.c.business_id == business_id, lines.c.id.in_({row.line_id for row in rows if row.line_id})
    )
    with db.reading(business_id):
        return {row.id: row.name for row in (*db.rows(of_partners), *db.rows(of_lines))}


def held_of(business_id: uuid.UUID, partner_id: uuid.UUID) -> Sequence[tuple[str, int]]:
    """What was cleared for the partner, is in no batch and is on hold: minor units by currency."""
    entries = batches.entries
    with db.reading(business_id):
        found = db.rows(
            batches.held(partner_id)
            .with_only_columns(entries.c.currency, func.sum(entries.c.amount_minor).label("minor"))
            .group_by(entries.c.currency)
            .order_by(entries.c.currency)
        )
    return [(row.currency, int(row.minor)) for row in found]
