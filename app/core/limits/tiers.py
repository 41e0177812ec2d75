"""How much one business may ask of one scenario, such as paying or reading by API: so much a second on average, and so
much at once. Each scenario counts for itself, so none can use up what another one has.

Both are quotas (see quota.py): one of ten seconds for the average, one of a single second for what comes at once. While
Redis is away each process allows its part of both: less than before, never nothing, and never everything.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from app.core.limits.quota import Quota, QuotaState

STEADY_S = 10
PARTS_ALONE = 4  # processes that answer one another's business; more of them allow more while Redis is away
_BURST_REPORTS = 8


@dataclass(frozen=True)
class Rate:
    """So many requests a second on average, and `burst` within a single one."""

    per_s: int
    burst: int


@dataclass(frozen=True)
class TierState:
    """What is left of a scenario."""

    scenario: str
    steady: QuotaState
    burst: QuotaState

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.steady.is_over or self.burst.is_over

    @property
    def retry_after_s(self) -> int:
        """When to come again: spread over some seconds, so that not everybody who was refused comes at once."""
        state = self.steady if self.steady.is_over else self.burst
        return state.resets_s + secrets.randbelow(max(2, state.window_s // 2))

    def quotas(self) -> tuple[tuple[str, QuotaState], ...]:
        """Both quotas by name, as headers tell them."""
        return (self.scenario, self.steady), (f"{self.scenario}-burst", self.burst)


class Tiers:
    """Counts the requests of businesses by scenario. One per process; safe to use from many threads."""

    def __init__(self, url: str | None) -> None:
        self._steady = Quota(url, quota=STEADY_S, window_s=STEADY_S, parts_alone=PARTS_ALONE)
        self._burst = Quota(url, quota=1, window_s=1, reports=_BURST_REPORTS, parts_alone=PARTS_ALONE)

    def take(self, scenario: str, subject: str, rate: Rate) -> TierState:
        """Count one request of the subject."""
        steady = self._steady.take(_name(scenario, subject), quota=rate.per_s * STEADY_S)
        burst = self._burst.take(f"{_name(scenario, subject)}:burst", quota=rate.burst)
        return TierState(scenario, steady, burst)

    def used(self, scenario: str, subject: str) -> int:
        """How much the subject has asked within the current ten seconds, nearly."""
        return self._steady.used(_name(scenario, subject))


def _name(scenario: str, subject: str) -> str:
    return f"tier:{scenario}:{subject}"


_current = Tiers(None)


def use(tiers: Tiers) -> None:
    """Make these the tiers of this process."""
    global _current
    _current = tiers


def current() -> Tiers:
    """The tiers of this process; before `use`, ones that no other process knows."""
    return _current
