"""Changes of a contract: those that were made, and the plans that it can change to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select

from app.core import db, paging
from app.core.errors import NotFound
from app.core.i18n.language import Amount, Translatable
from app.core.paging import Key
from app.domain.signing import offers
from app.domain.signing import service as signing
from app.domain.signing.models import Contract, ContractChange, Plan, PlanPrice
from app.domain.signing.states import ChangeStatus, PlanStatus

PAGE = 50
MAX_PLANS = 100  # that are offered to change to
OPEN = (ChangeStatus.SCHEDULED, ChangeStatus.CHARGING)
changes, plans, prices = db.table(ContractChange), db.table(Plan), db.table(PlanPrice)
ChangeRow = ContractChange


@dataclass(frozen=True)
class PlanChoice:
    """A plan that the contract can change to, and what one unit costs in its currency."""

    plan: Plan
    unit_minor: int
    currency: str

    @property
    def price(self) -> Translatable:
        """What it costs and how often, in words."""
        return offers.describe_price(self.plan, Amount(self.unit_minor, self.currency))


def list_changes(
    business_id: uuid.UUID, contract_id: uuid.UUID, *, after: Key | None, limit: int
) -> Sequence[ContractChange]:
    """A contract's changes, the newest first, and one more than `limit`.

    Raises:
        NotFound: there is no such contract.
    """
    query = select(changes).where(changes.c.business_id == business_id, changes.c.contract_id == contract_id)
    with db.reading(business_id):
        signing.look(contract_id)
        return db.rows(paging.in_order(query, changes.c.created_at, changes.c.id, after, limit + 1))


def change(business_id: uuid.UUID, contract_id: uuid.UUID, change_id: uuid.UUID) -> ContractChange:
    """One change of a contract.

    Raises:
        NotFound: there is none.
    """
    mine = changes.c.business_id == business_id, changes.c.contract_id == contract_id
    with db.reading(business_id):
        found = db.first(select(changes).where(*mine, changes.c.id == change_id))
    if found is None:
        raise NotFound("not_found", "There is no such change.")
    return found


def open_change(business_id: uuid.UUID, contract_id: uuid.UUID) -> tuple[ContractChange, str] | None:
    """The change that is not decided yet, and the name of its plan."""
    mine = changes.c.business_id == business_id, changes.c.contract_id == contract_id
    with db.reading(business_id):
        found = db.first(select(changes).where(*mine, changes.c.status.in_(OPEN)))
        if found is None:
            return None
        name = db.scalar(select(plans.c.name).where(plans.c.business_id == business_id, plans.c.id == found.plan_id))
    return found, str(name)


def choices(business_id: uuid.UUID, contract: Contract, *, is_buyer: bool) -> Sequence[PlanChoice]:
    """The plans that the contract can change to and its own, by name: those in its currency without a fixed number of
    cycles; for a buyer only those of its plan's group."""
    priced = and_(prices.c.business_id == plans.c.business_id, prices.c.plan_id == plans.c.id)
    query = (
        select(plans)
        .join(prices, priced)
        .where(
            plans.c.business_id == business_id,
            plans.c.status == PlanStatus.ACTIVE,
            plans.c.cycle_count.is_(None),
            prices.c.currency == contract.currency,
        )
        .order_by(plans.c.name, plans.c.id)
        .limit(MAX_PLANS)
    )
    if is_buyer:
        own = select(plans.c.change_group).where(plans.c.business_id == business_id, plans.c.id == contract.plan_id)
        query = query.where(plans.c.change_group == own.scalar_subquery())
    with db.reading(business_id):
        found = db.rows(query)
        costs = select(prices).where(
            prices.c.business_id == business_id,
            prices.c.currency == contract.currency,
            prices.c.plan_id.in_([each.id for each in found]),
        )
        units = {each.plan_id: each.unit_minor for each in db.rows(costs)} if found else {}
    return [PlanChoice(each, units[each.id], contract.currency) for each in found]
