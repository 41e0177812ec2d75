"""An operator limits what a business may ask: counted at once, noted in its audit log, and taken back."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core import db, settings
from app.core.errors import Invalid, NotFound
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.tiers import MAX_PER_S, Scenario, TierLimit
from app.workflow.accounts.count_request import rate_of, states
from app.workflow.accounts.lifecycle.limit_business import set_limit
from tests.factories.shop import Shop


def _limits(shop: Shop) -> dict[str, TierLimit]:
    with db.system_reading():
        return dict(db.scalar(select(Business.tier_limits).where(Business.id == shop.business_id)))


def test_a_limit_counts_for_its_scenario_alone_until_it_is_taken_back(shop: Shop) -> None:
    set_limit(shop.business_id, "api_read", TierLimit(per_s=3, burst=5))

    found = {each.scenario: each for each in states(shop.business_id, _limits(shop))}
    set_limit(shop.business_id, "api_read", None)

    assert (found[Scenario.API_READ].rate.per_s, found[Scenario.API_READ].rate.burst) == (3, 5)
    assert [each.scenario for each in found.values() if not each.is_default] == ["api_read"]
    assert found[Scenario.PAY].rate.per_s == 8 * settings.current().api_rate_per_s
    assert _limits(shop) == {}


@pytest.mark.parametrize(
    ("scenario", "limit"),
    [
        ("everything", TierLimit(per_s=1, burst=1)),
        ("pay", TierLimit(per_s=0, burst=1)),
        ("pay", TierLimit(per_s=2, burst=1)),
        ("pay", TierLimit(per_s=1, burst=MAX_PER_S + 1)),
    ],
)
def test_what_nothing_could_keep_to_is_refused(shop: Shop, scenario: str, limit: TierLimit) -> None:
    with pytest.raises(Invalid):
        set_limit(shop.business_id, scenario, limit)

    assert _limits(shop) == {}


def test_the_narrowest_and_the_widest_limit_are_allowed(shop: Shop) -> None:
    set_limit(shop.business_id, "pay", TierLimit(per_s=1, burst=1))
    set_limit(shop.business_id, "export", TierLimit(per_s=MAX_PER_S, burst=MAX_PER_S))

    assert rate_of(Scenario.PAY, _limits(shop)).burst == 1
    assert rate_of(Scenario.EXPORT, _limits(shop)).per_s == MAX_PER_S


def test_no_business_has_no_limit() -> None:
    with pytest.raises(NotFound):
        set_limit(uuid.uuid4(), "pay", None)


def test_two_limits_at_once_both_count(shop: Shop) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda name: set_limit(shop.business_id, name, TierLimit(per_s=7, burst=7)), ("pay", "portal")))

    assert sorted(_limits(shop)) == ["pay", "portal"]
