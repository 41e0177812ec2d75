"""Plans of a business with their prices."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.signing.models import Plan, PlanPrice

plans, prices = db.table(Plan), db.table(PlanPrice)


@dataclass(frozen=True)
class PlanWithPrices:
    """A plan, and its prices by currency."""

    row: Plan
    prices: tuple[PlanPrice, ...]

    @property
    def id(self) -> uuid.UUID:
        """Which plan it is."""
        return self.row.id

    @property
    def created_at(self) -> datetime:
        """Since when there is it."""
        return self.row.created_at


def list_plans(
    business_id: uuid.UUID, *, status: str | None, sku_id: uuid.UUID | None, after: Key | None, limit: int
) -> Sequence[PlanWithPrices]:
    """Plans, the newest first, and one more than `limit`; only those of a status or of a SKU, if it is given."""
    query = select(plans).where(plans.c.business_id == business_id)
    if status is not None:
        query = query.where(plans.c.status == status)
    if sku_id is not None:
        query = query.where(plans.c.sku_id == sku_id)
    with db.reading(business_id):
        return _with_prices(
            business_id, db.rows(paging.in_order(query, plans.c.created_at, plans.c.id, after, limit + 1))
        )


def plan(business_id: uuid.UUID, plan_id: uuid.UUID) -> PlanWithPrices:
    """One plan.

    Raises:
        NotFound: there is no such plan.
    """
    with db.reading(business_id):
        found = _with_prices(
            business_id, db.rows(select(plans).where(plans.c.business_id == business_id, plans.c.id == plan_id))
        )
    if not found:
        raise NotFound("not_found", "There is no such plan.")
    return found[0]


def _with_prices(business_id: uuid.UUID, rows: Sequence[Plan]) -> Sequence[PlanWithPrices]:
    of_plans = prices.c.business_id == business_id, prices.c.plan_id.in_([row.id for row in rows])
    by_plan: dict[uuid.UUID, list[PlanPrice]] = defaultdict(list)
    for price in db.rows(select(prices).where(*of_plans).order_by(prices.c.currency)) if rows else ():
        by_plan[price.plan_id].append(price)
    return [PlanWithPrices(row, tuple(by_plan[row.id])) for row in rows]
