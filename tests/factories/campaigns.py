"""Campaigns, made and started quickly."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app.domain.marketing.campaigns.types import Audience, CampaignPlan, Trigger
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.marketing import manage_campaigns
from tests.factories.coupons import active_template
from tests.factories.shop import Shop


def plan_of(shop: Shop, trigger: Trigger, occasion: Mapping[str, Any] | None = None, **more: Any) -> CampaignPlan:
    """A campaign of this trigger that issues from a new active template."""
    template_id = more.pop("template_id", None) or active_template(shop.business_id)
    audience = Audience(**more.pop("audience", {}))
    return CampaignPlan(
        name=more.pop("name", "Campaign"),
        trigger=trigger,
        template_id=template_id,
        occasion=occasion or {},
        audience=audience,
        **more,
    )


def make_campaign(shop: Shop, trigger: Trigger, occasion: Mapping[str, Any] | None = None, **more: Any) -> uuid.UUID:
    """The id of a new campaign, in draft."""
    plan = plan_of(shop, trigger, occasion, **more)
    return manage_campaigns.create_campaign(shop.business_id, plan, actor="test")


def running_campaign(shop: Shop, trigger: Trigger, occasion: Mapping[str, Any] | None = None, **more: Any) -> uuid.UUID:
    """The id of a new campaign that was just started; it has decided about nobody yet."""
    campaign_id = make_campaign(shop, trigger, occasion, **more)
    manage_campaigns.transition_campaign(shop.business_id, campaign_id, "running", actor="test")
    return campaign_id


def make_buyer(shop: Shop, reference: str, **more: Any) -> uuid.UUID:
    """The id of a new buyer."""
    return create_buyer(shop.business_id, BuyerCommand(reference=reference, **more), actor="test")
