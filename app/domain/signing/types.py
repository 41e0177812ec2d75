"""What passes between contracts and whoever makes, shows and charges them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.signing.calendar import Interval

REFUNDS = ("none", "proportional", "full")  # of the running cycle, when a contract is cancelled at once
FINAL_STEPS = ("end", "pause")


@dataclass(frozen=True, kw_only=True)
class PlanPriceTerms:
    """What one unit costs in a cycle, in minor units of the currency; `intro_minor` in the first cycles."""

    currency: str
    unit_minor: int
    intro_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class PlanTerms:
    """All that a plan says, and never says otherwise again. `retry_days` are the days after each refusal of a cycle
    until it is tried again; after the last comes the `final_step`: the contract's `end`, or a `pause` until somebody
    resumes it. `catch_up`: of the cycles that nobody could charge in time, `current` charges that of the present
    period, `all` every one, `none` waits for the next. `cancel_refund`: what is given back of the running cycle when a
    contract is cancelled at once. `change_group`: buyers change by themselves between the plans that have the same."""

    code: str
    name: str
    interval: Interval
    prices: Sequence[PlanPriceTerms]
    trial_days: int = 0
    intro_cycles: int = 0
    cycle_count: int | None = None
    anchor_day: int | None = None
    max_quantity: int = 1
    retry_days: Sequence[int] = (1, 3, 5, 7)
    catch_up: str = "current"
    cancel_refund: str = "none"
    final_step: str = "end"
    change_group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Consent:
    """How a buyer agreed: on our `page`, or to the `merchant`'s server, in which language, and from where. On our page
    it is said as well which terms were shown (their hash), and which agreements were ticked: (id, text hash)."""

    given_to: str
    locale: str
    buyer_ip: str | None = None
    seen_hash: str | None = None
    agreements: Sequence[tuple[uuid.UUID, str]] = ()


@dataclass(frozen=True, kw_only=True)
class SignTerms:
    """What a new contract is about, beside its plan and buyer; `details` is the merchant's own metadata.
    `channel` is the wallet, or a channel or account that can deduct; then the buyer agrees on the company's page, in a
    `scene`, and comes back to `return_url`."""

    currency: str
    quantity: int
    channel: str
    details: Mapping[str, object] = field(default_factory=dict)
    scene: str = "web"
    return_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeTerms:
    """What is to change of a contract (None: stays as it is), `now` or at `period_end`. `effective_at` is the moment of
    the preview that a change at once repeats to the cent; None: this moment."""

    plan_id: uuid.UUID | None = None
    quantity: int | None = None
    anchor_day: int | None = None
    at: str = "now"
    effective_at: datetime | None = None
