"""Plans: made, archived and offered again. Their terms never change, so that every contract's can be read."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db, states
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.accounts.business.resources import Resource
from app.domain.catalog.models import Product, Sku
from app.domain.fulfilment.types import SHIPPING
from app.domain.signing import rules
from app.domain.signing.models import Plan, PlanPrice
from app.domain.signing.states import PLAN, PlanStatus
from app.domain.signing.types import PlanTerms
from app.workflow.steps.accounts.check_room import check_room

plans = db.table(Plan)


def create_plan(
    business_id: uuid.UUID, sku_id: uuid.UUID, terms: PlanTerms, *, actor: str, plan_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Offer a SKU by this plan; its id. The same `plan_id` again changes nothing.

    Raises:
        NotFound: no such SKU. InvalidPlan: the terms make no sense. Invalid: the code is taken.
        LimitReached: the business has as many as it may. Conflict: the product is shipped.
    """
    rules.check_terms(terms)
    plan_id = plan_id or new_id()
    with db.phase("manage_plans.create", business_id):
        if db.first(select(plans.c.id).where(plans.c.business_id == db.here(), plans.c.id == plan_id)) is not None:
            return plan_id
        if db.get(Product, db.get(Sku, sku_id).product_id).delivery_kind == SHIPPING:
            raise Conflict("shipped_product", "A product that is shipped cannot be sold by a plan.")
        _check_room(terms.code)
        db.add(
            Plan,
            id=plan_id,
            sku_id=sku_id,
            code=terms.code,
            name=terms.name,
            interval_unit=terms.interval.unit,
            interval_count=terms.interval.count,
            trial_days=terms.trial_days,
            intro_cycles=terms.intro_cycles,
            cycle_count=terms.cycle_count,
            anchor_day=terms.anchor_day,
            max_quantity=terms.max_quantity,
            catch_up=terms.catch_up,
            retry_days=list(terms.retry_days),
            cancel_refund=terms.cancel_refund,
            final_step=terms.final_step,
            change_group=terms.change_group,
        )
        states.born(PLAN, plan_id, reason="created", actor=actor)
        for price in terms.prices:
            db.add(
                PlanPrice,
                plan_id=plan_id,
                currency=price.currency,
                unit_minor=price.unit_minor,
                intro_minor=price.intro_minor,
            )
    return plan_id


def archive_plan(business_id: uuid.UUID, plan_id: uuid.UUID, *, actor: str) -> None:
    """Offer the plan no more. Contracts of it go on. One that is archived stays so.

    Raises:
        NotFound: no such plan.
    """
    _move(business_id, plan_id, PlanStatus.ARCHIVED, actor=actor)


def offer_plan(business_id: uuid.UUID, plan_id: uuid.UUID, *, actor: str) -> None:
    """Offer an archived plan again.

    Raises:
        NotFound: no such plan.
    """
    _move(business_id, plan_id, PlanStatus.ACTIVE, actor=actor)


def _move(business_id: uuid.UUID, plan_id: uuid.UUID, to: str, *, actor: str) -> None:
    with db.phase("manage_plans.move", business_id):
        states.advance(PLAN, db.lock(Plan, plan_id), to, reason=to, actor=actor)


def _check_room(code: str) -> None:
    mine = plans.c.business_id == db.here()
    if db.first(select(plans.c.id).where(mine, plans.c.code == code)) is not None:
        raise Invalid("code_taken", "Another plan has this code.", details={"param": "code"})
    check_room(Resource.PLANS)
