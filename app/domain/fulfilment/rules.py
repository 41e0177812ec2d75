"""Pure decisions about goods: what a SKU may say of them, and what becomes of credit that was spent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, Money, exponent
from app.domain.fulfilment.membership import UPGRADES
from app.domain.fulfilment.types import Deliverable

# What happens to credit that was spent when its order is refunded: people look, or the buyer owes it.
WHEN_SPENT = ("case", "debt")
DOWNLOAD_LINK_LASTS = timedelta(hours=1)
BUYER_LINK_LASTS = timedelta(days=30)  # to all that a buyer owns
WAIT_FOR_REFUND = timedelta(seconds=60)  # while a refund is under way, nothing is handed over
MAX_DOWNLOADS = 1000
MAX_FILES = 100  # of one product
MAX_FILE_VERSIONS = 1000  # of one file
# The pause after each try of a delivery that failed; then it is a case.
RETRY_PAUSES_S = (5, 15, 60, 300, 900, 3600, 7200, 14_400, 28_800)
# What a merchant's system accepted is expected within this time, unless it says when; then it is asked again at these
# pauses, and every day. So long after the moment it promised, it is abandoned and revoked there.
ACCEPTED_LASTS = timedelta(hours=24)
MAX_PROMISE = timedelta(days=90)
CHASE_PAUSES = tuple(timedelta(hours=each) for each in (1, 3, 6, 12, 24))
ABANDONED_AFTER = timedelta(days=14)
MAX_DAYS = 36_500
MAX_RANK = 1000
MAX_POINTS = 1_000_000_000


@dataclass(frozen=True)
class Clawback:
    """What became of credit whose order is refunded; the three sum to what was given."""

    clawed_back: int
    owed: int
    written_off: int


def promised_at(moment: datetime, expected_at: datetime | None) -> datetime:
    """When what was accepted at `moment` is expected: what the system says, within MAX_PROMISE."""
    if expected_at is None:
        return moment + ACCEPTED_LASTS
    return max(moment, min(expected_at, moment + MAX_PROMISE))


def chased_at(moment: datetime, promised: datetime, chase_count: int) -> datetime | None:
    """When a system is asked (again) about what it accepted, at `moment`; None once it is abandoned."""
    if moment < promised:
        return promised
    if moment >= promised + ABANDONED_AFTER:
        return None
    return moment + CHASE_PAUSES[min(chase_count, len(CHASE_PAUSES) - 1)]


def claw_back(granted: int, available: int, when_spent: str) -> Clawback:
    """How much of `granted` is clawed back when `available` is left, and what becomes of the rest by the rule; all in
    minor units."""
    clawed_back = min(granted, max(available, 0))
    rest = granted - clawed_back
    return Clawback(clawed_back, rest, 0) if when_spent == "debt" else Clawback(clawed_back, 0, rest)


def credit_of(deliverable: Deliverable) -> Money:
    """The wallet money that this deliverable grants: what the SKU says, or the price without discounts."""
    minor, currency = deliverable.options.get("credit_minor"), deliverable.options.get("currency")
    each = Money(minor, currency) if minor and currency else deliverable.unit_price
    return Money(each.minor * deliverable.quantity, each.currency)


def check_deliverable(kind: str, deliverable: Mapping[str, Any]) -> dict[str, Any]:
    """The deliverable of a SKU of this kind, validated and in its stored form.

    Raises:
        Invalid: a member that this kind does not have, or a value out of range.
    """
    checks = _MEMBERS.get(kind, {})
    kept = {name: value for name, value in deliverable.items() if value is not None and value != ""}
    for name, value in kept.items():
        if name not in checks:
            raise _invalid(name, f"Deliverables of the kind {kind} have no {name}.")
        wrong = checks[name](value)
        if wrong:
            raise _invalid(name, wrong)
    if ("credit_minor" in kept) != ("currency" in kept):
        raise _invalid("credit_minor", "An amount needs a currency.")
    return kept


def file_name(name: str) -> str:
    """A name under which a file can be kept anywhere: no folders, nothing invisible, at most 150 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*').strip(" .")
    stem, dot, ending = clean.rpartition(".")
    if dot and len(ending) <= 10 and stem:
        return f"{stem[: 149 - len(ending)]}.{ending}"
    return clean[:150] or "file"


def is_lacking(kind: str, deliverable: Mapping[str, Any]) -> bool:
    """Whether the SKU needs a deliverable before it can be sold, and has none."""
    return kind == "points" and not deliverable.get("points")


def _invalid(name: str, message: str) -> Invalid:
    return Invalid("invalid_deliverable", message, details={"param": name})


def _whole(low: int, high: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if is_whole and low <= value <= high else f"Must be a whole number from {low:,} to {high:,}."

    return check


def _one_of(*choices: str) -> Callable[[Any], str]:
    return lambda value: "" if value in choices else f"Must be one of {', '.join(choices)}."


def _text(most: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        is_fine = isinstance(value, str) and len(value) <= most and value.isprintable() and value == value.strip()
        return "" if is_fine else f"Must be a text of at most {most} characters."

    return check


def _currency(value: Any) -> str:
    exponent(str(value))
    return ""


_MEMBERS: dict[str, dict[str, Callable[[Any], str]]] = {
    "credit": {
        "credit_minor": _whole(1, MAX_MINOR),
        "currency": _currency,
        "when_spent": _one_of(*WHEN_SPENT),
    },
    "entitlement": {"level": _text(60), "rank": _whole(0, MAX_RANK), "upgrade": _one_of(*UPGRADES)},
    "download": {"max_downloads": _whole(1, MAX_DOWNLOADS), "days": _whole(1, MAX_DAYS)},
    "points": {"points": _whole(1, MAX_POINTS), "when_spent": _one_of(*WHEN_SPENT)},
}
