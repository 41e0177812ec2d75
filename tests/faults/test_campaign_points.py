"""The process is stopped dead while a campaign decides: whoever carries on issues each coupon once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.domain.marketing.campaigns.models import CampaignEntry
from app.workflow.marketing import run_campaigns
from tests.factories.campaigns import running_campaign
from tests.factories.coupons import coupons_of
from tests.factories.shop import Shop


@pytest.mark.parametrize("point", ["run_campaigns.decide.before_commit", "run_campaigns.decide.after"])
def test_a_campaign_that_is_stopped_goes_on(shop: Shop, dies: Callable[..., None], point: str) -> None:
    names = [f"b{number:03}" for number in range(150)]
    campaign_id = running_campaign(shop, "file", {"references": names}, holdout_bps=1000)

    dies(shop, "campaign", campaign_id, at=point)
    done = len(coupons_of(shop))
    run_campaigns.run(shop.business_id, campaign_id)

    decided = shop.many(select(CampaignEntry.buyer_reference, CampaignEntry.coupon_id).order_by(CampaignEntry.id))
    assert (done > 0) == point.endswith("after")
    assert sorted(row.buyer_reference for row in decided) == names
    assert len(coupons_of(shop)) == sum(row.coupon_id is not None for row in decided)
    shop.audit()
