"""Plans as the portal shows them: how many contracts run by each, and what each says in plain words."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import clock, db, paging
from app.core.i18n.language import Translatable
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product, Sku
from app.domain.signing import offers, rules
from app.domain.signing.models import Contract, Plan, PlanPrice
from app.domain.signing.states import LIVE
from app.read.subscriptions.plans import PlanWithPrices, list_plans, plan

PAGE = 50
contracts = db.table(Contract)


@dataclass(frozen=True)
class ListedPlan:
    """A plan of the list; `running` is how many contracts of it are charged, or paused."""

    found: PlanWithPrices
    running: int


@dataclass(frozen=True)
class PricedTerms:
    """What a plan says to whoever signs one unit of it now, in one currency."""

    price: PlanPrice
    sentences: tuple[Translatable, ...]


@dataclass(frozen=True)
class PlanPage:
    """A plan, what it sells, what it says, and how many contracts of it there are by status."""

    row: Plan
    product_id: uuid.UUID
    product_name: str
    sku_name: str
    terms: tuple[PricedTerms, ...]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """How many contracts were ever signed."""
        return sum(self.counts.values())


def page_of_plans(business_id: uuid.UUID, *, status: str, cursor: str) -> paging.Page[ListedPlan]:
    """A page of the list, the newest first."""
    found = list_plans(business_id, status=status, sku_id=None, after=paging.key_of(cursor), limit=PAGE)
    shown, following = paging.cut(found, PAGE)
    running = _running(business_id, [each.id for each in shown])
    return paging.Page(tuple(ListedPlan(each, running.get(each.id, 0)) for each in shown), following)


def plan_page(business_id: uuid.UUID, plan_id: uuid.UUID) -> PlanPage:
    """One plan.

    Raises:
        NotFound: there is no such plan.
    """
    found = plan(business_id, plan_id)
    with db.reading(business_id):
        sku = db.get(Sku, found.row.sku_id)
        product = db.get(Product, sku.product_id)
        zone = rules.check_zone(str(db.scalar(select(Business.time_zone).where(Business.id == business_id))))
        mine = contracts.c.business_id == business_id, contracts.c.plan_id == plan_id
        counted = select(contracts.c.status, func.count().label("many")).where(*mine).group_by(contracts.c.status)
        counts = {row.status: int(row.many) for row in db.rows(counted)}
    terms = tuple(PricedTerms(each, _sentences(found.row, each, zone)) for each in found.prices)
    return PlanPage(found.row, product.id, product.name, sku.name, terms, counts)


def _sentences(row: Plan, price: PlanPrice, zone: str) -> tuple[Translatable, ...]:
    said = rules.price_of(price)
    offered = offers.offer(row, said, quantity=1, zone=zone, moment=clock.now())
    return offers.describe(row, said, offered, quantity=1)


def _running(business_id: uuid.UUID, plan_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    mine = contracts.c.business_id == business_id, contracts.c.plan_id.in_(plan_ids), contracts.c.status.in_(LIVE)
    counted = select(contracts.c.plan_id, func.count().label("many")).where(*mine).group_by(contracts.c.plan_id)
    with db.reading(business_id):
        return {row.plan_id: int(row.many) for row in db.rows(counted)} if plan_ids else {}
