"""Campaigns: made, changed until they start, duplicated, and moved along their states only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as time
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.states import IllegalTransition
from app.domain.marketing.campaigns.models import Campaign
from app.domain.marketing.errors import BadRule
from app.workflow.accounts.lifecycle.limit_resource import limit_resource
from app.workflow.marketing import manage_campaigns
from tests.factories.campaigns import make_campaign, plan_of, running_campaign
from tests.factories.coupons import active_template, make_template
from tests.factories.shop import Shop


def move(shop: Shop, campaign_id: Any, to: str) -> str:
    manage_campaigns.transition_campaign(shop.business_id, campaign_id, to, actor="test")
    return str(shop.one(select(Campaign.status).where(Campaign.id == campaign_id)).status)


@pytest.mark.parametrize(
    ("trigger", "occasion", "more"),
    [
        ("win_back", {"days": 0}, {}),
        ("win_back", {"days": 721}, {}),
        ("win_back", {"number": 2}, {}),
        ("birthday", {"days_before": 61}, {}),
        ("channel", {}, {}),
        ("file", {}, {}),
        ("file", {"references": [f"b{n}" for n in range(10_001)]}, {}),
        ("segment", {}, {"name": " "}),
        ("segment", {}, {"name": "x" * 81}),
        ("segment", {}, {"holdout_bps": 5001}),
        ("segment", {}, {"max_issued": 0}),
        ("segment", {}, {"budget_minor": 100}),
        ("segment", {}, {"budget_minor": 0, "currency": "USD"}),
        ("segment", {}, {"window_days": 0}),
        ("segment", {}, {"audience": {"min_orders": 2, "max_orders": 1}}),
        ("segment", {}, {"ends_at": time.now() - timedelta(days=1)}),
    ],
)
def test_what_cannot_be_a_campaign_is_refused(shop: Shop, trigger: Any, occasion: Any, more: Any) -> None:
    with pytest.raises(BadRule, match="invalid_campaign"):
        make_campaign(shop, trigger, occasion, template_id=active_template(shop.business_id), **more)


def test_a_campaign_issues_from_a_template_with_codes_of_their_own(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    shared = active_template(shop.business_id, shared_code="ALL")
    theirs = active_template(new_shop().business_id)

    with pytest.raises(Conflict, match="coupon_not_issued"):
        make_campaign(shop, "segment", template_id=shared)
    for missing in (theirs, new_id()):
        with pytest.raises(NotFound):
            make_campaign(shop, "segment", template_id=missing)
    with pytest.raises(Invalid, match="unknown_currency"):
        make_campaign(shop, "segment", budget_minor=1, currency="XXQ")
    draft = make_campaign(shop, "segment", template_id=make_template(shop.business_id))
    with pytest.raises(Conflict, match="coupon_not_issued"):
        move(shop, draft, "running")


def test_a_campaign_changes_until_it_starts_and_is_duplicated_afterwards(shop: Shop) -> None:
    campaign_id = make_campaign(shop, "win_back", {"days": 30})
    changed = plan_of(shop, "win_back", {"days": 60}, name="Longer")
    manage_campaigns.change_campaign(shop.business_id, campaign_id, changed)
    move(shop, campaign_id, "running")

    with pytest.raises(Conflict, match="campaign_started"):
        manage_campaigns.change_campaign(shop.business_id, campaign_id, changed)
    copies = {
        manage_campaigns.duplicate_campaign(shop.business_id, campaign_id, actor="test", copy_id=copy_id)
        for copy_id in [new_id()] * 2
    }

    [copy] = shop.many(select(Campaign).where(Campaign.id.in_(copies)))
    assert (copy.name, copy.status, copy.occasion["days"]) == ("Longer", "draft", 60)
    shop.audit()


def test_states_are_left_by_their_edges_only(shop: Shop) -> None:
    soon = time.now() + timedelta(hours=1)
    campaign_id = make_campaign(shop, "segment", starts_at=soon)

    assert move(shop, campaign_id, "scheduled") == "scheduled"
    assert move(shop, campaign_id, "draft") == "draft"
    for to in ("paused", "nowhere"):
        with pytest.raises(IllegalTransition):
            move(shop, campaign_id, to)
    assert [move(shop, campaign_id, to) for to in ("running", "paused", "running", "running", "ended")] == [
        "running",
        "paused",
        "running",
        "running",
        "ended",
    ]
    with pytest.raises(IllegalTransition):
        move(shop, campaign_id, "running")
    shop.audit()


def test_a_schedule_needs_a_start_to_come(shop: Shop) -> None:
    campaign_id = make_campaign(shop, "segment")

    with pytest.raises(BadRule, match="future"):
        move(shop, campaign_id, "scheduled")


def test_only_so_many_run(shop: Shop) -> None:
    limit_resource(shop.business_id, "running_campaigns", 1, reason="Starter contract")
    first = running_campaign(shop, "segment")

    with pytest.raises(AppError, match="limit_reached"):
        running_campaign(shop, "segment")
    move(shop, first, "paused")

    assert move(shop, first, "running") == "running"
