"""When one person is not enough, and how long and how many roles and invitations there are."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from app.domain.accounts.business.types import DAYS as DAYS
from app.domain.accounts.business.types import POINTS as POINTS
from app.domain.accounts.business.types import UNIT_TITLES, UNITS, ApprovalLimits

# A top-up that is a gift of the merchant's, points and membership days given by hand are among them: they are worth
# money.
KINDS = ("refund", "payout", "withdrawal", "transfer", "top_up", *UNITS)
# Refunds go back where they came from, and support makes many: what one person gives back in a day has a limit of its
# own, which is so many times the limit of one buyer when none is set.
REFUNDS_A_DAY, TIMES_A_DAY = "refund_day", 10
LIMITS = (*KINDS, REFUNDS_A_DAY)
APPROVAL_LASTS = timedelta(days=3)  # then a request nobody decided expires
LIMITS_COUNT = timedelta(days=1)  # the limits hold for what one person moved within this time
INVITATION_LASTS = timedelta(days=7)
VISIT_LASTS = timedelta(hours=1)
MAX_INVITATIONS_AN_HOUR = 50  # of a business, so that nobody writes to strangers through us
MAX_ROLES = 50  # of a business's own
MAX_KEY_ADDRESSES = 50
MAX_KEY_OVERLAP = timedelta(days=7)  # so long at most a key that was rolled still counts
# What names somebody who can ask and be refused: a person, or a key. The system asks nobody.
_PERSON_OR_KEY = ("usr_", "key:", "operator:")


def is_person_or_key(actor: str) -> bool:
    """Whether a person or a key acts, and not the system by itself."""
    return actor.startswith(_PERSON_OR_KEY)


def is_unit(currency: str) -> bool:
    """Whether this stands for points or days, and is no currency."""
    return currency in UNIT_TITLES


def amount_text(number: int, unit: str) -> str:
    """So many points or days, in English."""
    return f"{number:,} {UNIT_TITLES[unit]}"


def most_alone(limits: ApprovalLimits, kind: str, currency: str) -> int | None:
    """The most in minor units that one person may move to one receiver in a day alone; None when there is no limit.
    `limits` is kind → currency → minor units; a kind or currency that is not in it has none."""
    most = limits.get(kind, {}).get(currency)
    return None if most is None else int(most)


def of_key(limits: ApprovalLimits, kind: str, currency: str) -> int:
    """The most in minor units that a key with these limits approves in a day; none when they do not name it."""
    return int(limits.get(kind, {}).get(currency, 0))


def within(limits: ApprovalLimits, around: ApprovalLimits) -> bool:
    """Whether a key with the limits `around` could do all that one with `limits` could."""
    return all(
        minor <= of_key(around, kind, currency) for kind, each in limits.items() for currency, minor in each.items()
    )


def most_a_day(limits: ApprovalLimits, kind: str, currency: str) -> int | None:
    """The most in minor units that one person may move in a day without an approval, to all receivers together; None
    when there is no limit. `limits` as for `most_alone`."""
    most = most_alone(limits, kind, currency)
    if kind != "refund":
        return most
    of_day = most_alone(limits, REFUNDS_A_DAY, currency)
    return of_day if of_day is not None or most is None else most * TIMES_A_DAY


def fingerprint(
    limits: ApprovalLimits, *, channels_need_approval: bool, decides_alone: bool = False, alone_waits_h: int = 24
) -> str:
    """A short text that is another one when the limits are: a form that was drawn from them is known by it."""
    whole = json.dumps([limits, channels_need_approval, decides_alone, alone_waits_h], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def raised(before: ApprovalLimits, after: ApprovalLimits) -> list[tuple[str, str]]:
    """The (kind, currency) in which one person could move more without an approval than before."""
    return [
        (kind, currency)
        for kind in KINDS
        for currency in sorted({*before.get(kind, {}), *before.get(REFUNDS_A_DAY, {})})
        if any(_is_more(most(before, kind, currency), most(after, kind, currency)) for most in (most_alone, most_a_day))
    ]


def lowest(before: ApprovalLimits, after: ApprovalLimits) -> dict[str, dict[str, int]]:
    """The lower of two limits for each kind and currency; where one has none, the other's."""
    both = (before, after)
    named = {(kind, currency) for each in both for kind in each for currency in each[kind]}
    found: dict[str, dict[str, int]] = {}
    for kind, currency in sorted(named):
        of_day = kind == REFUNDS_A_DAY
        most = [most_a_day(each, "refund", currency) if of_day else most_alone(each, kind, currency) for each in both]
        found.setdefault(kind, {})[currency] = min(each for each in most if each is not None)
    return found


def _is_more(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)
