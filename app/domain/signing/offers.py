"""What a plan costs whom it is offered to now: today, next and until when, and the same in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.i18n.language import Amount, Day, Translatable
from app.core.money import Money
from app.domain.signing import rules
from app.domain.signing.calendar import Anchor, Span, Unit
from app.domain.signing.models import Plan
from app.domain.signing.types import PlanPriceTerms

SHOWN = 3  # cycles that an offer names after the first


@dataclass(frozen=True)
class OfferedCycle:
    """A cycle to come: its number, its period, and what all units cost in it."""

    number: int
    span: Span
    amount: Money


@dataclass(frozen=True)
class Offer:
    """A plan as it would be signed now. `unit` is what one unit costs in the first cycle, which is paid today;
    `following` are the next ones, as many as there will be at least, three at most."""

    anchor: Anchor
    zone: str
    first: OfferedCycle
    unit: Money
    following: Sequence[OfferedCycle]

    @property
    def is_trial(self) -> bool:
        """Whether the first cycle costs nothing."""
        return self.first.number == rules.TRIAL


def offer(plan: Plan, price: PlanPriceTerms, *, quantity: int, zone: str, moment: datetime) -> Offer:
    """The plan as it would be signed at this moment; periods begin on whole seconds, as membership is counted."""
    signed_at = moment.replace(microsecond=0)
    anchor, number = rules.first_anchor(plan, signed_at, zone), rules.first_cycle(plan)
    last = plan.cycle_count if plan.cycle_count is not None else number + SHOWN
    numbers = range(number, min(last, number + SHOWN) + 1)
    found = [_cycle(plan, price, anchor, each, quantity=quantity, signed_at=signed_at) for each in numbers]
    unit = rules.unit_price(plan, price, anchor, number, runs_from=signed_at)
    return Offer(anchor, zone, found[0], unit, tuple(found[1:]))


def _cycle(
    plan: Plan, price: PlanPriceTerms, anchor: Anchor, number: int, *, quantity: int, signed_at: datetime
) -> OfferedCycle:
    unit = rules.unit_price(plan, price, anchor, number, runs_from=signed_at)
    span = rules.span_of(anchor, rules.interval_of(plan), number, runs_from=signed_at)
    return OfferedCycle(number, span, Money(unit.minor * quantity, unit.currency))


def describe(plan: Plan, price: PlanPriceTerms, offered: Offer, *, quantity: int) -> tuple[Translatable, ...]:
    """The offer in sentences, as they stand above the button and are kept with the consent."""
    regular = Amount(price.unit_minor * quantity, price.currency)
    found = [describe_price(plan, regular)]
    if offered.is_trial:
        found.append(Translatable("Free until %(day)s. Then your first payment is taken.", day=_day(offered, 0)))
    else:
        found.append(Translatable("You pay %(amount)s today.", amount=_amount(offered.first.amount)))
    if price.intro_minor is not None:
        found.append(_intro(plan.intro_cycles, Amount(price.intro_minor * quantity, price.currency)))
    if offered.following:
        following = offered.following[0]
        found.append(
            Translatable(
                "Next payment: %(amount)s on %(day)s.",
                amount=_amount(following.amount),
                day=_on(following.span.starts_at, offered.zone),
            )
        )
    return (
        *found,
        _end(plan),
        Translatable("You can cancel at any time. What you have paid for stays yours until the end of its period."),
    )


def consent_text(sentences: Sequence[Translatable], say: Callable[[Translatable], str]) -> str:
    """The sentences as they are kept with a consent, in the language that `say` speaks: one a line."""
    return "\n".join(say(each) for each in sentences)


def text_hash(text: str) -> str:
    """What the terms are known by: SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def describe_price(plan: Plan, amount: Amount) -> Translatable:
    """How much is charged how often."""
    count = plan.interval_count
    match Unit(plan.interval_unit):
        case Unit.DAY:
            if count == 1:
                return Translatable("%(amount)s every day.", amount=amount)
            return Translatable(
                "%(amount)s every %(count)s day.", many="%(amount)s every %(count)s days.", count=count, amount=amount
            )
        case Unit.WEEK:
            if count == 1:
                return Translatable("%(amount)s every week.", amount=amount)
            return Translatable(
                "%(amount)s every %(count)s week.", many="%(amount)s every %(count)s weeks.", count=count, amount=amount
            )
        case Unit.YEAR:
            if count == 1:
                return Translatable("%(amount)s every year.", amount=amount)
            return Translatable(
                "%(amount)s every %(count)s year.", many="%(amount)s every %(count)s years.", count=count, amount=amount
            )
        case unit:
            return _every_months(count * (3 if unit is Unit.QUARTER else 1), amount)


def _every_months(count: int, amount: Amount) -> Translatable:
    if count == 1:
        return Translatable("%(amount)s every month.", amount=amount)
    return Translatable(
        "%(amount)s every %(count)s month.", many="%(amount)s every %(count)s months.", count=count, amount=amount
    )


def _intro(count: int, amount: Amount) -> Translatable:
    if count == 1:
        return Translatable("Your first payment is %(amount)s.", amount=amount)
    return Translatable(
        "Your first %(count)s payment is %(amount)s.",
        many="Each of your first %(count)s payments is %(amount)s.",
        count=count,
        amount=amount,
    )


def _end(plan: Plan) -> Translatable:
    if plan.cycle_count is None:
        return Translatable("It renews by itself until you cancel.")
    if plan.cycle_count == 1:
        return Translatable("It ends by itself after one payment.")
    return Translatable(
        "It ends by itself after %(count)s payment.",
        many="It ends by itself after %(count)s payments.",
        count=plan.cycle_count,
    )


def _day(offered: Offer, index: int) -> Day:
    cycle = (offered.first, *offered.following)[index]
    return _on(cycle.span.ends_at, offered.zone)


def _on(moment: datetime, zone: str) -> Day:
    return Day(moment.astimezone(ZoneInfo(zone)).date())


def _amount(money: Money) -> Amount:
    return Amount(money.minor, money.currency)
