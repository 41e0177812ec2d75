"""The edges of campaigns."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.marketing.campaigns.models import Campaign


class CampaignStatus(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


# What ends at its end, and what may be changed.
OPEN = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED)
CHANGEABLE = (CampaignStatus.DRAFT, CampaignStatus.SCHEDULED)

CAMPAIGN = Machine(
    name="campaign",
    model=Campaign,
    initial=CampaignStatus.DRAFT,
    edges={
        (CampaignStatus.DRAFT, CampaignStatus.SCHEDULED): "campaign.scheduled",
        (CampaignStatus.SCHEDULED, CampaignStatus.DRAFT): None,
        (CampaignStatus.DRAFT, CampaignStatus.RUNNING): "campaign.started",
        (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING): "campaign.started",
        (CampaignStatus.RUNNING, CampaignStatus.PAUSED): "campaign.paused",
        (CampaignStatus.PAUSED, CampaignStatus.RUNNING): "campaign.started",
        (CampaignStatus.DRAFT, CampaignStatus.ENDED): "campaign.ended",
        (CampaignStatus.SCHEDULED, CampaignStatus.ENDED): "campaign.ended",
        (CampaignStatus.RUNNING, CampaignStatus.ENDED): "campaign.ended",
        (CampaignStatus.PAUSED, CampaignStatus.ENDED): "campaign.ended",
    },
)
