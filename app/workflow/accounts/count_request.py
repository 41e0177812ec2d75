"""Counts what a business asks, by scenario; for every surface that knows whom it serves."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from app.core import settings
from app.core.errors import TooMany
from app.core.limits import tiers
from app.domain.accounts.business.tiers import Scenario, TierLimits, limit_of


@dataclass(frozen=True)
class ScenarioState:
    """What a business may ask of a scenario, and what it has asked within the current ten seconds, nearly."""

    scenario: Scenario
    rate: tiers.Rate
    is_default: bool
    used: int

    @property
    def quota(self) -> int:
        """How much it may ask within ten seconds."""
        return self.rate.per_s * tiers.STEADY_S


def rate_of(scenario: Scenario, limits: TierLimits) -> tiers.Rate:
    """What a business whose own limits are `limits` may ask of the scenario."""
    return tiers.Rate(**limit_of(scenario, limits, key_rate_per_s=settings.current().api_rate_per_s))


def count_request(scenario: Scenario, business_id: uuid.UUID, limits: TierLimits) -> tiers.TierState:
    """Count one request of the business, and tell what is left; `check` says whether it was one too many."""
    return tiers.current().take(scenario, str(business_id), rate_of(scenario, limits))


def check(state: tiers.TierState) -> None:
    """Whether the request may go on.

    Raises:
        TooMany: the business has asked too much of this scenario.
    """
    if state.is_over:
        detail = f"Too many requests of the kind {state.scenario} from this business. Nothing was changed."
        raise TooMany("rate_limited", detail, details={"retry_after_s": state.retry_after_s})


def states(business_id: uuid.UUID, limits: TierLimits) -> list[ScenarioState]:
    """Every scenario with what counts for the business, and what it asks now; the most important first."""
    return [
        ScenarioState(
            scenario,
            rate_of(scenario, limits),
            is_default=scenario not in limits,
            used=tiers.current().used(scenario, str(business_id)),
        )
        for scenario in Scenario
    ]
