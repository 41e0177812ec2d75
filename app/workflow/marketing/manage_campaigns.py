"""Campaigns: made, changed, duplicated, and switched on and off."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core import clock, db, states
from app.core.db import locks
from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.money import exponent
from app.domain.accounts.business.resources import Resource
from app.domain.marketing.campaigns.models import Campaign
from app.domain.marketing.campaigns.states import CAMPAIGN, CHANGEABLE, CampaignStatus
from app.domain.marketing.campaigns.types import CampaignPlan, write_audience
from app.domain.marketing.errors import BadRule
from app.domain.marketing.models import CouponTemplate
from app.domain.marketing.states import TemplateStatus
from app.workflow.steps.accounts.check_room import check_room

campaigns = db.table(Campaign)


def create_campaign(
    business_id: uuid.UUID, plan: CampaignPlan, *, actor: str, campaign_id: uuid.UUID | None = None
) -> uuid.UUID:
    """A new campaign, in draft; its id. The same `campaign_id` again changes nothing.

    Raises:
        BadRule: something of it cannot be, or it is over already. NotFound: no such coupon template.
        Conflict: the template has a shared code. Invalid: there is no such currency.
    """
    campaign_id = campaign_id or new_id()
    values = _columns(plan)
    with db.phase("manage_campaigns.create", business_id):
        known = select(campaigns.c.id).where(campaigns.c.business_id == business_id, campaigns.c.id == campaign_id)
        if db.scalar(known) is not None:
            return campaign_id
        _template(plan.template_id)
        db.add(Campaign, id=campaign_id, **values)
        states.born(CAMPAIGN, campaign_id, reason="made", actor=actor)
    return campaign_id


def change_campaign(business_id: uuid.UUID, campaign_id: uuid.UUID, plan: CampaignPlan) -> None:
    """Make a campaign that has not started another one. Raises as `create_campaign` does, and

    Raises:
        NotFound: no such campaign. Conflict: it has started; duplicate it instead.
    """
    values = _columns(plan)
    with db.phase("manage_campaigns.change", business_id):
        campaign = db.lock(Campaign, campaign_id)
        if campaign.status not in CHANGEABLE or campaign.started_at is not None:
            raise Conflict("campaign_started", "It has started. Duplicate it to change something.")
        if campaign.status == CampaignStatus.SCHEDULED and plan.starts_at is None:
            raise BadRule("invalid_campaign", "A scheduled campaign needs a start.", details={"param": "starts_at"})
        _template(plan.template_id)
        db.write(db.change(Campaign, campaign_id, **values), expect=1)


def duplicate_campaign(
    business_id: uuid.UUID, campaign_id: uuid.UUID, *, actor: str, copy_id: uuid.UUID | None = None
) -> uuid.UUID:
    """The same campaign once more, as a draft without its dates; its id. The same `copy_id` again changes nothing.

    Raises:
        NotFound: no such campaign.
    """
    copy_id = copy_id or new_id()
    with db.phase("manage_campaigns.duplicate", business_id):
        known = select(campaigns.c.id).where(campaigns.c.business_id == business_id, campaigns.c.id == copy_id)
        if db.scalar(known) is not None:
            return copy_id
        row = db.get(Campaign, campaign_id)
        db.add(
            Campaign,
            id=copy_id,
            name=row.name,
            trigger=row.trigger,
            occasion=row.occasion,
            audience=row.audience,
            template_id=row.template_id,
            holdout_bps=row.holdout_bps,
            max_issued=row.max_issued,
            budget_minor=row.budget_minor,
            currency=row.currency,
            window_days=row.window_days,
        )
        states.born(CAMPAIGN, copy_id, reason="duplicated", actor=actor)
    return copy_id


def transition_campaign(business_id: uuid.UUID, campaign_id: uuid.UUID, to: str, *, actor: str) -> None:
    """Schedule a campaign for its start (`scheduled`), take that back (`draft`), start it (`running`), stop it for now
    (`paused`) or for good (`ended`). Coupons that were issued stay.

    Raises:
        NotFound: no such campaign. IllegalTransition: it is not where this can be done from. BadRule: it has no start
            to come. Conflict: its coupon cannot be issued. LimitReached: as many run as may.
    """
    with db.phase("manage_campaigns.move", business_id):
        locks.hold("running campaigns")  # two at once would be counted by neither
        campaign = db.lock(Campaign, campaign_id)
        if to == campaign.status:
            return
        now = clock.now()
        if to in (CampaignStatus.RUNNING, CampaignStatus.SCHEDULED):
            if campaign.ends_at is not None and campaign.ends_at <= now:
                raise BadRule("invalid_campaign", "The end date is in the past.", details={"param": "ends_at"})
            _template(campaign.template_id, active=True)
            check_room(Resource.RUNNING_CAMPAIGNS, besides=campaign.id)
        if to == CampaignStatus.SCHEDULED and (campaign.starts_at is None or campaign.starts_at <= now):
            raise BadRule("invalid_campaign", "Enter a start in the future.", details={"param": "starts_at"})
        move(campaign, to, reason=to, actor=actor)


def move(campaign: Campaign, to: str, *, reason: str, actor: str) -> None:
    """Move a locked campaign, with what goes with its state, in the caller's phase."""
    now = clock.now()
    is_running = to == CampaignStatus.RUNNING
    states.advance(
        CAMPAIGN,
        campaign,
        to,
        reason=reason,
        actor=actor,
        payload={"campaign_id": str(campaign.id)},
        next_run_at=now if is_running else None,
        started_at=campaign.started_at or (now if is_running else None),
    )


def _template(template_id: uuid.UUID, *, active: bool = False) -> None:
    template = db.get(CouponTemplate, template_id)
    if template.code is not None:
        raise Conflict("coupon_not_issued", "This template uses a shared code; coupons cannot be issued.")
    if active and template.status != TemplateStatus.ACTIVE:
        raise Conflict("coupon_not_issued", "Turn on the coupon first: campaigns issue from active templates.")


def _columns(plan: CampaignPlan) -> dict[str, Any]:
    if plan.currency is not None:
        exponent(plan.currency)
    if plan.ends_at is not None and plan.ends_at <= clock.now():
        raise BadRule("invalid_campaign", "The end date is in the past.", details={"param": "ends_at"})
    names = ("template_id", "holdout_bps", "max_issued", "budget_minor", "currency", "window_days")
    return {
        **{name: getattr(plan, name) for name in names},
        "name": " ".join(plan.name.split()),
        "trigger": plan.trigger,
        "occasion": plan.full_occasion(),
        "audience": write_audience(plan.audience),
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
    }
