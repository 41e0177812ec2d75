"""What a business may ask of each scenario, where the operator has set nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import TypedDict

MAX_PER_S = 100_000


class Scenario(StrEnum):
    """What is asked of the installation, the most important first."""

    PAY = "pay"
    API_WRITE = "api_write"
    API_READ = "api_read"
    EXPORT = "export"
    PORTAL = "portal"


# Four times what one key may ask, so that a process that counts alone, and allows a quarter, still allows what one key
# may; paying more, because each order is money. Exports and pages of the portal are heavier than what keys ask.
_OF_ONE_KEY = {
    Scenario.PAY: 8.0,
    Scenario.API_WRITE: 4.0,
    Scenario.API_READ: 4.0,
    Scenario.EXPORT: 0.1,
    Scenario.PORTAL: 2.0,
}


class TierLimit(TypedDict):
    """So many requests a second on average, and `burst` within a single one."""

    per_s: int
    burst: int


TierLimits = dict[str, TierLimit]


def limit_of(scenario: Scenario, limits: TierLimits, *, key_rate_per_s: int) -> TierLimit:
    """What counts for a business whose own limits are `limits`."""
    if scenario in limits:
        return limits[scenario]
    per_s = max(1, round(_OF_ONE_KEY[scenario] * key_rate_per_s))
    return TierLimit(per_s=per_s, burst=2 * per_s)


def is_valid(limit: TierLimit) -> bool:
    """Whether it lets something through, and a second's burst is no less than its average."""
    return 1 <= limit["per_s"] <= limit["burst"] <= MAX_PER_S
