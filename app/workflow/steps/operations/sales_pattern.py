"""What a small shop sells in a quarter: when, what, to whom and with what end. Drawn by dice that always fall alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

DAYS = 90
BUYERS = 250
ORDERS_A_DAY = 9.2  # in the middle of the quarter
LEAST_TODAY = 6  # orders and visits, however early it is
GROWTH = 0.4  # from its first day to its last
CAMPAIGN, CAMPAIGN_DAYS = 20, 7  # days ago it began, and how long it ran
BAD_DAY = 9  # days ago, when the channel declined many payments
REFUNDS_FAILED = (2, 5)  # days ago an order was placed whose refund its bank did not take
REASONS, REASON_SHARES = ("requested_by_buyer", "duplicate", "goodwill", "not_delivered"), (60, 16, 14, 10)
VISITS_LEFT = 0.42  # visits that ended without an order, for each order
# Of Monday to Sunday, and of the hours of a day.
WEEK = (1.08, 1.12, 1.1, 1.12, 1.05, 0.78, 0.75)
HOURS = (3, 2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 8, 9, 8, 7, 7, 8, 10, 13, 17, 20, 19, 13, 7)

Ending = Literal[
    "kept",
    "returned",
    "returned_in_part",
    "refund_failed",
    "second_try",
    "declined",
    "expired",
    "cancelled",
    "left",
    "left_late",
]
# Seconds from the stage before, at least and at most. The last stage of a visit or an order that nobody paid comes when
# its time is over.
PAUSES_S: dict[str, tuple[int, int]] = {
    "opened": (0, 0),
    "chosen": (12, 90),
    "ordered": (15, 170),
    "declined": (18, 80),
    "ordered_again": (15, 90),
    "paid": (14, 120),
    "recorded": (90_000, 250_000),
    "confirmed": (3_000, 30_000),
    "completed": (604_803, 604_860),
    "returned": (86_400, 500_000),
    "returned_in_part": (86_400, 900_000),
    "refund_failed": (40_000, 50_000),
    "expired": (1_830, 1_890),
    "cancelled": (40, 400),
    "left": (86_402, 86_460),
}
Choice = TypeVar("Choice")
# What people of the shop do between nine and five, a day later at least.
AT_WORK = {"returned", "returned_in_part", "recorded"}
GIVEN = (
    *("ines", "mateus", "linnea", "oskar", "freja", "jonas", "amelie", "lukas", "camille", "theo", "giulia", "matteo"),
    *("lucia", "javier", "aoife", "ciaran", "harriet", "edmund", "zofia", "tomasz", "eliska", "petr", "yuki", "haruto"),
    *("wei", "minh", "ananya", "arjun", "leila", "karim", "amara", "kofi", "noor", "sanne", "bram", "eero", "aino"),
)
FAMILY = (
    *("carvalho", "figueira", "lindqvist", "sandberg", "aagaard", "brandt", "vogel", "lefevre", "moreau", "ricci"),
    *("bellini", "navarro", "ibarra", "gallagher", "whitlock", "ashdown", "kowalska", "zielinski", "novotna", "dvorak"),
    *("tanaka", "nakamura", "zhang", "nguyen", "sharma", "mehta", "haddad", "benali", "okafor", "mensah", "devries"),
    *("vandijk", "virtanen", "korhonen", "sorensen", "marsh", "pemberton"),
)
MEMBERSHIP_DAYS = {"MOON-1M": 30, "MOON-3M": 90, "MOON-12M": 365}


@dataclass(frozen=True)
class Story:
    """What one order is about, and how it ends: SKU codes with quantities, the code that was entered, the channel."""

    items: tuple[tuple[str, int], ...]
    ending: Ending = "kept"
    currency: str = "USD"
    coupon: str | None = None
    channel: str = "simulator"


@dataclass(frozen=True)
class Sale:
    """One visit or order of the quarter: a story, who, and since when; why money went back, if any does."""

    story: Story
    buyer: str
    moment: datetime
    refund_reason: str = "requested_by_buyer"


class Dice:
    """Numbers that look like chance, and are the same each time."""

    def __init__(self, seed: str) -> None:
        self._seed, self._throws = seed, 0

    def unit(self) -> float:
        """From 0 up to 1."""
        self._throws += 1
        digest = hashlib.sha256(f"{self._seed} {self._throws}".encode()).digest()
        return int.from_bytes(digest[:7], "big") / (1 << 56)

    def between(self, least: float, most: float) -> float:
        """From `least` up to `most`."""
        return least + (most - least) * self.unit()

    def of(self, choices: Sequence[Choice], weights: Sequence[float] = ()) -> Choice:
        """One of the choices, by their weights."""
        weights = weights or [1.0] * len(choices)
        left = self.unit() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            left -= weight
            if left < 0:
                return choice
        return choices[-1]


ONE, THREE, TWELVE = (("MOON-1M", 1),), (("MOON-3M", 1),), (("MOON-12M", 1),)
EVENING, TWO_EVENINGS = (("EVENING", 1),), (("EVENING", 2),)
ARCHIVE, BOTH, PRINT = (("ARCHIVE-A", 1),), (("ARCHIVE-A", 1), ("ARCHIVE-B", 1)), (("PRINT-TIDE", 1),)
WITH_PRINT = (*ARCHIVE, *PRINT)
LICENCE_CODE = "READER-APP"
LICENCE = ((LICENCE_CODE, 1),)
Items = tuple[tuple[str, int], ...]
# What is bought in each currency, with weights: memberships, and all else.
MEMBERSHIPS: dict[str, tuple[tuple[Items, float], ...]] = {
    "USD": ((ONE, 70), (THREE, 20), (TWELVE, 10)),
    "EUR": ((ONE, 75), (THREE, 25)),
    "GBP": ((ONE, 100),),
}
ELSE: dict[str, tuple[tuple[Items, float], ...]] = {
    "USD": ((EVENING, 34), (TWO_EVENINGS, 18), (ARCHIVE, 14), (BOTH, 12), (PRINT, 14), (WITH_PRINT, 8), (LICENCE, 10)),
    "EUR": ((EVENING, 55), (BOTH, 20), (PRINT, 25)),
    "GBP": ((EVENING, 100),),
}
CURRENCIES, SHARES = ("USD", "EUR", "GBP"), (62, 27, 11)
READERS, CAMPAIGN_CODE = "READER10", "LANTERN20"
# What those who enter a code buy; in US dollars only.
WITH_CODE: dict[str, tuple[Items, ...]] = {READERS: (TWO_EVENINGS, BOTH), CAMPAIGN_CODE: (ONE, THREE, TWO_EVENINGS)}
# Paid by bank transfer, which one person finds on the account and another confirms.
BY_BANK = (Story(TWELVE, channel="offline"), Story(BOTH, currency="EUR", channel="offline"))
# Endings besides `kept`, and what they are lived with.
ENDINGS: dict[Ending, tuple[Story, ...]] = {
    "returned": (Story(ONE, "returned"), Story(EVENING, "returned", "EUR"), Story(PRINT, "returned")),
    "returned_in_part": (Story(TWO_EVENINGS, "returned_in_part"), Story(BOTH, "returned_in_part")),
    "refund_failed": (Story(THREE, "refund_failed"), Story(PRINT, "refund_failed", "EUR")),
    "second_try": (Story(ONE, "second_try"), Story(EVENING, "second_try", "EUR"), Story(TWO_EVENINGS, "second_try")),
    "declined": (Story(ONE, "declined"), Story(BOTH, "declined"), Story(EVENING, "declined", "EUR")),
    "expired": (Story(ONE, "expired"), Story(PRINT, "expired", "EUR")),
    "cancelled": (Story(EVENING, "cancelled"),),
    "left": (Story(ONE, "left"), Story(BOTH, "left"), Story(EVENING, "left", "EUR")),
    "left_late": (Story(THREE, "left_late"), Story(ONE, "left_late", "EUR")),
}
_SHARES: tuple[tuple[Ending, float], ...] = (
    ("kept", 82.5), ("returned", 2.4), ("returned_in_part", 1.6), ("second_try", 5), ("declined", 2.5),
    ("expired", 4.5), ("cancelled", 1.5),
)  # fmt: skip


def stories() -> list[Story]:
    """Every story that is told, once."""
    kept = [
        Story(items, currency=currency)
        for kinds in (MEMBERSHIPS, ELSE)
        for currency, chosen in kinds.items()
        for items, _ in chosen
    ]
    kept += [Story(items, coupon=code) for code, chosen in WITH_CODE.items() for items in chosen]
    return kept + [*BY_BANK] + [story for chosen in ENDINGS.values() for story in chosen]


def quarter(now: datetime, zone: ZoneInfo) -> list[Sale]:
    """The sales and visits of the last days up to `now`, the oldest first."""
    dice, today = Dice("a quarter"), now.astimezone(zone).date()
    people = _People(dice)
    sales = []
    for days_ago in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=days_ago)
        people.most = round(BUYERS * (0.3 + 0.7 * (DAYS - days_ago) / DAYS))
        expected = ORDERS_A_DAY * WEEK[day.weekday()] * (1 - GROWTH / 2 + GROWTH * (DAYS - days_ago) / DAYS)
        is_campaign = CAMPAIGN - CAMPAIGN_DAYS < days_ago <= CAMPAIGN
        expected *= dice.between(0.82, 1.18) * (1.55 if is_campaign else 1)
        number = round(expected * (1 + VISITS_LEFT))
        moments = _moments(dice, day, zone, number) if days_ago else _moments_today(dice, now, zone, number)
        sales += [_sale(dice, people, moment, days_ago, is_campaign=is_campaign) for moment in moments]
    return sales


def begins(sale: Sale, stages: Sequence[str]) -> list[datetime]:
    """When each stage of the sale begins."""
    dice, moment, found = Dice(f"{sale.moment.isoformat()} {sale.buyer}"), sale.moment, []
    for stage in stages:
        moment += timedelta(milliseconds=round(1000 * dice.between(*PAUSES_S[stage])))
        if stage in AT_WORK:
            moment = moment.replace(hour=9 + int(8 * dice.unit()))
        found.append(moment)
    return found


def _moments(dice: Dice, day: date, zone: ZoneInfo, number: int) -> list[datetime]:
    midnight = datetime.combine(day, time(), zone)
    hours = [dice.of(range(24), HOURS) for _ in range(number)]
    moments = [midnight + timedelta(hours=hour, milliseconds=int(dice.between(0, 3_600_000))) for hour in hours]
    return sorted(moment.astimezone(ZoneInfo("UTC")) for moment in moments)


def _moments_today(dice: Dice, now: datetime, zone: ZoneInfo, number: int) -> list[datetime]:
    """Spread over the day so far, and always some, so that the demo's first page shows sales at any hour."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    so_far = now - midnight - timedelta(minutes=5)
    share = so_far / timedelta(days=1)
    if share <= 0:
        return []
    return sorted(midnight + so_far * dice.unit() for _ in range(max(LEAST_TODAY, round(number * share))))


def _sale(dice: Dice, people: _People, moment: datetime, days_ago: int, *, is_campaign: bool) -> Sale:
    if dice.unit() < VISITS_LEFT / (1 + VISITS_LEFT):
        ending: Ending = dice.of(("left", "left_late"), (68, 32))
        return Sale(dice.of(ENDINGS[ending]), people.visitor(), moment)
    endings, shares = zip(*_SHARES, strict=True)
    ending = dice.of(endings, shares)
    if days_ago == BAD_DAY and dice.unit() < 0.4:
        ending = dice.of(("declined", "second_try"), (70, 30))
    if days_ago in REFUNDS_FAILED and not people.is_failed(days_ago):
        ending = "refund_failed"
    if ending != "kept":
        story = dice.of(ENDINGS[ending])
        return Sale(story, people.buyer_of(story, moment), moment, dice.of(REASONS, REASON_SHARES))
    if dice.unit() < (0.55 if is_campaign else 0.07):
        code = CAMPAIGN_CODE if is_campaign else READERS
        story = Story(dice.of(WITH_CODE[code]), coupon=code)
        return Sale(story, people.buyer_of(story, moment), moment)
    if dice.unit() < 0.03:
        story = dice.of(BY_BANK)
        return Sale(story, people.buyer_of(story, moment), moment)
    buyer, currency, is_member = people.next(moment)
    items, weights = zip(*(MEMBERSHIPS if is_member else ELSE)[currency], strict=True)
    story = Story(dice.of(items, weights), currency=currency)
    people.bought(buyer, story, moment)
    return Sale(story, buyer, moment)


@dataclass
class _People:
    """Who has bought so far, in which currency, and until when who is a member; at most `most` of them by now."""

    dice: Dice
    most: int = 0
    currency: dict[str, str] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)

    def is_failed(self, days_ago: int) -> bool:
        """Whether a refund of an order of that day has failed; it has from now on."""
        was_known = days_ago in self.failed
        self.failed.add(days_ago)
        return was_known

    def next(self, moment: datetime) -> tuple[str, str, bool]:
        """Who buys next, in which currency, and whether a membership."""
        lapsed = [buyer for buyer, ends in self.ends.items() if timedelta() < moment - ends < timedelta(days=5)]
        if lapsed and self.dice.unit() < 0.5:
            buyer = self.dice.of(lapsed)
            return buyer, self.currency[buyer], True
        is_member = self.dice.unit() < 0.42
        if self.currency and self.dice.unit() < (0.3 if is_member else 0.62):
            buyer = self.dice.of(list(self.currency))
            return buyer, self.currency[buyer], is_member and self.ends.get(buyer, moment) <= moment
        buyer = self._new(self.dice.of(CURRENCIES, SHARES), moment)
        return buyer, self.currency[buyer], is_member and self.ends.get(buyer, moment) <= moment

    def buyer_of(self, story: Story, moment: datetime) -> str:
        """Somebody who pays in the story's currency, and is no member yet where it sells a membership."""
        free = [buyer for buyer, pays in self.currency.items() if pays == story.currency]
        if _days(story):
            free = [buyer for buyer in free if self.ends.get(buyer, moment) <= moment]
        buyer = self.dice.of(free) if free and self.dice.unit() < 0.6 else self._new(story.currency, moment)
        self.bought(buyer, story, moment)
        return buyer

    def visitor(self) -> str:
        """Who looks in and leaves."""
        if self.currency and self.dice.unit() < 0.4:
            return self.dice.of(list(self.currency))
        return self._name()

    def bought(self, buyer: str, story: Story, moment: datetime) -> None:
        """Note until when the buyer is a member now."""
        if days := _days(story):
            self.ends[buyer] = moment + timedelta(days=days, minutes=10)

    def _new(self, currency: str, moment: datetime) -> str:
        """Somebody who has not bought before, as long as there may be more of them; else somebody who is no member."""
        free = [buyer for buyer, pays in self.currency.items() if pays == currency]
        free = [buyer for buyer in free if self.ends.get(buyer, moment) <= moment]
        name = self._name()
        if free and (len(self.currency) >= self.most or name in self.currency):
            return self.dice.of(free)
        while name in self.currency:
            name = self._name()
        self.currency[name] = currency
        return name

    def _name(self) -> str:
        return f"{self.dice.of(GIVEN)}.{self.dice.of(FAMILY)}"


def _days(story: Story) -> int:
    return max(MEMBERSHIP_DAYS.get(code, 0) for code, _ in story.items)
