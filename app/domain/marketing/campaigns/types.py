"""What a campaign is to be. Plain data, checked where it is made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict, cast, get_args

from app.core.ids import show
from app.core.money import MAX_MINOR
from app.domain.marketing.errors import BadRule

Outcome = Literal["issued", "held_out", "refused"]
Trigger = Literal[
    "sign_up",
    "first_visit",
    "birthday",
    "nth_order",
    "win_back",
    "channel",
    "abandoned_checkout",
    "segment",
    "file",
]
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
MAX_NAME, MAX_REFERENCES, MAX_GROUPS = 80, 10_000, 20
# What a trigger asks for: name, least and most; the others ask for nothing, or for texts.
NUMBERS: Mapping[str, tuple[tuple[str, int, int], ...]] = {
    "birthday": (("days_before", 0, 60),),
    "nth_order": (("number", 1, 1_000),),
    "win_back": (("days", 1, 720), ("within_days", 1, 1_095)),
    "abandoned_checkout": (("hours", 1, 720),),
}
DEFAULTS = {"days_before": 0, "within_days": 365, "hours": 24, "days": 90, "number": 2}
UTM = ("source", "medium", "campaign")


class KeptOccasion(TypedDict, total=False):
    """What a campaign's trigger asks for, as its `occasion` keeps it."""

    days_before: int
    number: int
    days: int
    within_days: int
    hours: int
    source: str
    medium: str
    campaign: str
    references: list[str]


class KeptAudience(TypedDict, total=False):
    """What narrows buyers besides, as `audience` keeps it; what does not narrow is left out."""

    groups: list[str]
    min_orders: int
    max_orders: int


@dataclass(frozen=True, kw_only=True)
class Audience:
    """What narrows buyers besides the occasion: in one of `groups`, and so many paid orders; empty and None do not
    narrow."""

    groups: tuple[str, ...] = ()
    min_orders: int | None = None
    max_orders: int | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignPlan:
    """A campaign. `occasion` has what the trigger asks for: `days_before` of a birthday, the `number` of an order,
    `days` since the last order (and at most `within_days`), `hours` since a checkout was left, `source`, `medium` or
    `campaign` of a visit (UTM), `references` of a file. `holdout_bps` of buyers get nothing, for comparison."""

    name: str
    trigger: Trigger
    template_id: uuid.UUID
    occasion: Mapping[str, Any]
    audience: Audience = Audience()
    holdout_bps: int = 0
    max_issued: int | None = None
    budget_minor: int | None = None
    currency: str | None = None
    window_days: int = 30
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        audience = self.audience
        wrong = (
            (not 0 < len(self.name.strip()) <= MAX_NAME, "name", f"Enter a name of at most {MAX_NAME} characters."),
            (self.trigger not in TRIGGERS, "trigger", "There is no such trigger."),
            (not 0 <= self.holdout_bps <= 5_000, "holdout_bps", "Hold out at most half of the buyers."),
            (self.max_issued is not None and self.max_issued < 1, "max_issued", "A limit must be 1 or more."),
            (
                self.budget_minor is not None and not 1 <= self.budget_minor <= MAX_MINOR,
                "budget_minor",
                "A budget must be greater than zero.",
            ),
            ((self.budget_minor is None) != (self.currency is None), "currency", "A budget needs its currency."),
            (not 1 <= self.window_days <= 365, "window_days", "1 to 365 days."),
            (
                self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at,
                "ends_at",
                "The end must be after the start.",
            ),
            (len(audience.groups) > MAX_GROUPS, "audience", f"At most {MAX_GROUPS} groups."),
            (
                audience.min_orders is not None
                and audience.max_orders is not None
                and audience.max_orders < audience.min_orders,
                "audience",
                "The maximum must not be below the minimum.",
            ),
        )
        for holds, param, message in wrong:
            if holds:
                raise BadRule("invalid_campaign", message, details={"param": param})

    def full_occasion(self) -> KeptOccasion:
        """What the trigger asks for, complete and checked.

        Raises:
            BadRule: something is missing, out of range, or not the trigger's.
        """
        given = dict(self.occasion)
        found: dict[str, object] = {}
        for name, least, most in NUMBERS.get(self.trigger, ()):
            value = given.pop(name, None)
            value = DEFAULTS[name] if value is None else value
            if not isinstance(value, int) or not least <= value <= most:
                raise _bad(name, f"Enter a whole number from {least:,} to {most:,}.")
            found[name] = value
        if self.trigger == "channel":
            found |= {name: str(given.pop(name)) for name in UTM if given.get(name)}
            if not found:
                raise _bad("source", "Name a source, a medium or a campaign.")
        if self.trigger == "file":
            references = list(dict.fromkeys(given.pop("references", None) or ()))
            if not 1 <= len(references) <= MAX_REFERENCES:
                raise _bad("references", f"Name 1 to {MAX_REFERENCES:,} buyers.")
            found["references"] = references
        if any(value not in (None, "", []) for value in given.values()):
            name = next(name for name, value in given.items() if value not in (None, "", []))
            raise _bad(name, f"The trigger {self.trigger} does not use {name[:40]}.")
        return cast("KeptOccasion", found)


def trigger_of(text: str) -> Trigger:
    """The trigger of this name.

    Raises:
        BadRule: there is none.
    """
    for trigger in TRIGGERS:
        if trigger == text:
            return trigger
    raise _bad("trigger", "There is no such trigger.")


def shown_occasion(trigger: str, occasion: str) -> str:
    """What an entry's occasion is for people and programs: `once`, a year, or the id of an order or a session."""
    prefix = {"win_back": "ord", "abandoned_checkout": "ses"}.get(trigger)
    return show(prefix, uuid.UUID(occasion)) if prefix else occasion


def read_audience(kept: KeptAudience) -> Audience:
    """The audience of a campaign's `audience`."""
    return Audience(
        groups=tuple(kept.get("groups", ())), min_orders=kept.get("min_orders"), max_orders=kept.get("max_orders")
    )


def write_audience(audience: Audience) -> KeptAudience:
    """The same as `audience` keeps it."""
    kept: KeptAudience = {}
    if audience.groups:
        kept["groups"] = list(audience.groups)
    if audience.min_orders is not None:
        kept["min_orders"] = audience.min_orders
    if audience.max_orders is not None:
        kept["max_orders"] = audience.max_orders
    return kept


def _bad(param: str, message: str) -> BadRule:
    return BadRule("invalid_campaign", message, details={"param": param})
