"""What a plan would cost now, before anybody signs it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock, db
from app.core.errors import NotFound
from app.core.i18n.language import Translatable
from app.domain.accounts.business.models import Business
from app.domain.signing import offers, rules
from app.domain.signing.models import Plan, PlanPrice
from app.domain.signing.offers import Offer

plans, prices = db.table(Plan), db.table(PlanPrice)


@dataclass(frozen=True)
class Offered:
    """A plan as it would be signed now, in figures and in sentences that can be said in each language."""

    offer: Offer
    sentences: tuple[Translatable, ...]


def offer(business_id: uuid.UUID, plan_id: uuid.UUID, *, currency: str, quantity: int) -> Offered:
    """The offer of this moment.

    Raises:
        NotFound: no such plan. PlanUnavailable: it cannot be signed so.
    """
    with db.reading(business_id):
        plan = db.first(select(plans).where(plans.c.business_id == business_id, plans.c.id == plan_id))
        if plan is None:
            raise NotFound("not_found", "There is no such plan.")
        mine = prices.c.business_id == business_id, prices.c.plan_id == plan_id, prices.c.currency == currency
        price = rules.check_offered(plan, db.first(select(prices).where(*mine)), currency, quantity)
        zone = rules.check_zone(str(db.scalar(select(Business.time_zone).where(Business.id == business_id))))
        found = offers.offer(plan, price, quantity=quantity, zone=zone, moment=clock.now())
    return Offered(found, offers.describe(plan, price, found, quantity=quantity))
