"""Pure decisions about contracts: what a cycle costs, which comes next and when, and what is to be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.money import MAX_MINOR, Money, exponent
from app.domain.signing import calendar
from app.domain.signing.calendar import MAX_COUNTS, MAX_TRIAL_DAYS, Anchor, Interval, Span, Unit
from app.domain.signing.errors import ContractState, InvalidPlan, PlanUnavailable
from app.domain.signing.models import Contract, ContractCycle, Plan, PlanPrice
from app.domain.signing.states import LIVE, RUNNING, ContractStatus, CycleStatus, PlanStatus
from app.domain.signing.types import FINAL_STEPS, REFUNDS, PlanPriceTerms, PlanTerms
from app.lib.some import some

TRIAL = 0  # the number of a trial's cycle
CATCH_UPS = ("current", "all", "none")
MAX_RETRIES = 20
MAX_RETRY_DAYS = 90
MAX_SKIPPED = 400  # cycles that one look skips at most
# How long a cycle that somebody is charging is left alone, and how long its order may be paid after the last try.
LEASE = timedelta(minutes=10)
PAY_GRACE = timedelta(days=1)
# A cycle that nobody began to charge for so long was missed.
MISSED_AFTER = timedelta(days=1)
BLOCKED_FOR = timedelta(hours=1)


class Action(StrEnum):
    """What is to be done about a contract."""

    NOTHING = "nothing"
    RESUME = "resume"
    CANCEL = "cancel"
    EXPIRE = "expire"
    BEGIN = "begin"
    CHARGE = "charge"
    ABANDON = "abandon"


@dataclass(frozen=True)
class Upcoming:
    """The cycle that comes next (None: none does), and when somebody looks at the contract again."""

    number: int
    due_at: datetime | None
    acts_at: datetime | None


def interval_of(plan: Plan) -> Interval:
    """How long a plan's periods are."""
    return Interval(Unit(plan.interval_unit), plan.interval_count)


def anchor_of(contract: Contract) -> Anchor:
    """What the contract's calendar is counted from."""
    return Anchor(
        at=contract.anchor_at, zone=contract.time_zone, number=contract.anchor_number, day=contract.anchor_day
    )


def first_anchor(plan: Plan, signed_at: datetime, zone: str) -> Anchor:
    """The anchor of a contract signed now: the end of the trial, the plan's day of the calendar, or this moment."""
    if plan.trial_days:
        return Anchor(at=calendar.trial_ends_at(signed_at, zone, plan.trial_days), zone=zone)
    if plan.anchor_day is not None:
        return calendar.aligned(signed_at, zone, interval_of(plan), plan.anchor_day)
    return Anchor(at=signed_at, zone=zone)


def next_anchor(contract: Contract, plan: Plan, moment: datetime) -> Anchor:
    """The anchor of a contract whose next cycle begins now, after a pause."""
    if plan.anchor_day is None:
        return Anchor(at=moment, zone=contract.time_zone, number=contract.next_cycle)
    anchor = calendar.aligned(moment, contract.time_zone, interval_of(plan), plan.anchor_day)
    return replace(anchor, number=contract.next_cycle)


def first_cycle(plan: Plan) -> int:
    """The number of the cycle that signing is paid by: the trial, where there is one."""
    return TRIAL if plan.trial_days else 1


def span_of(anchor: Anchor, interval: Interval, number: int, *, runs_from: datetime) -> Span:
    """The period of a cycle: a trial's is from signing to the anchor, and none begins before the contract runs."""
    if number == TRIAL:
        return Span(runs_from, anchor.at)
    whole = calendar.period(anchor, interval, number)
    return Span(max(whole.starts_at, runs_from), whole.ends_at)


def unit_price(plan: Plan, price: PlanPriceTerms, anchor: Anchor, number: int, *, runs_from: datetime) -> Money:
    """What one unit costs in a cycle: nothing in a trial, the introductory price in the first ones, and for a period
    that is cut short its share."""
    if number == TRIAL:
        return Money(0, price.currency)
    is_intro = price.intro_minor is not None and number <= plan.intro_cycles
    full = Money(some(price.intro_minor) if is_intro else price.unit_minor, price.currency)
    whole = calendar.period(anchor, interval_of(plan), number)
    part = span_of(anchor, interval_of(plan), number, runs_from=runs_from)
    return full if part == whole else calendar.share(full, part, whole)


def check_offered(plan: Plan, price: PlanPrice | None, currency: str, quantity: int) -> PlanPriceTerms:
    """What one unit costs whoever signs the plan now.

    Raises:
        PlanUnavailable: nobody can sign it, or not for this.
    """
    if plan.status != PlanStatus.ACTIVE:
        raise PlanUnavailable("plan_archived", "This plan is not offered any more.")
    check_quantity(plan, quantity)
    if price is None:
        raise PlanUnavailable("plan_no_price", f"This plan has no price in {currency}.", details={"param": "currency"})
    return price_of(price)


def check_quantity(plan: Plan, quantity: int) -> None:
    """Whether so many units of the plan are sold to one buyer.

    Raises:
        PlanUnavailable: they are not.
    """
    if not 1 <= quantity <= plan.max_quantity:
        text = f"The quantity must be 1 to {plan.max_quantity}."
        raise PlanUnavailable("plan_quantity", text, details={"param": "quantity"})


def price_of(row: Contract | PlanPrice) -> PlanPriceTerms:
    """What one unit costs, by a plan or as it was signed."""
    return PlanPriceTerms(currency=row.currency, unit_minor=row.unit_minor, intro_minor=row.intro_minor)


def upcoming(plan: Plan, after: ContractCycle, *, is_cancelled: bool) -> Upcoming:
    """What follows a cycle that is paid or skipped."""
    number = after.number + 1
    over = is_cancelled or (plan.cycle_count is not None and number > plan.cycle_count)
    return Upcoming(number, None if over else after.ends_at, after.ends_at)


def action(contract: Contract, plan: Plan, open_cycle: ContractCycle | None, moment: datetime) -> Action:
    """What is to be done about a contract at this moment."""
    if contract.acts_at is None or contract.acts_at > moment or contract.status == ContractStatus.ENDED:
        return Action.NOTHING
    if open_cycle is not None:
        is_over = contract.retries_over or contract.try_count > len(plan.retry_days)
        return Action.ABANDON if is_over else Action.CHARGE
    if contract.status not in LIVE:
        return Action.NOTHING
    if contract.status == ContractStatus.PAUSED:
        return Action.RESUME
    if contract.cancel_at_period_end:
        return Action.CANCEL
    return Action.BEGIN if contract.next_due_at is not None else Action.EXPIRE


def cycle_to_charge(contract: Contract, plan: Plan, moment: datetime) -> tuple[range, int | None]:
    """The numbers that are skipped since nobody could charge them in time, and the one that is charged now, if any.
    No plan is skipped beyond its last cycle."""
    number, anchor, interval = contract.next_cycle, anchor_of(contract), interval_of(plan)
    missed = contract.next_due_at is not None and moment - contract.next_due_at > MISSED_AFTER
    present = calendar.period_at(anchor, interval, moment) if number != TRIAL else number
    if not missed or plan.catch_up == "all":
        return range(0), number
    if plan.catch_up == "current":
        present = min(present, plan.cycle_count or present, number + MAX_SKIPPED)
        return range(number, present), present
    last = min(present, plan.cycle_count or present, number + MAX_SKIPPED)
    return range(number, last + 1), None


def cancel_refund(mode: str, cycle: ContractCycle | None, *, left: Money, moment: datetime) -> Money:
    """What is given back of the running cycle when its contract ends at this moment: by the plan's rule or somebody's
    choice, at most what is `left` of its order. Nothing of a cycle that is not paid, or is over."""
    nothing = Money(0, left.currency)
    if cycle is None or cycle.status != CycleStatus.PAID or cycle.ends_at <= moment or mode == "none":
        return nothing
    if mode == "full":
        return left
    whole = Span(cycle.starts_at, cycle.ends_at)
    rest = calendar.share(
        Money(cycle.amount_minor, cycle.currency), Span(max(moment, whole.starts_at), whole.ends_at), whole
    )
    return min(rest, left, key=lambda each: each.minor)


@dataclass(frozen=True)
class Following:
    """What follows a refusal: when somebody looks at the contract again, and whether that is another try (or else the
    last step)."""

    acts_at: datetime
    is_try: bool


def following(plan: Plan, try_count: int, moment: datetime, *, is_hard: bool = False) -> Following:
    """What follows the refusal that made it so many. After a hard one the same way is not tried again: until the last
    of the plan's tries would have been, the buyer can pay it otherwise."""
    rest = [timedelta(days=int(days)) for days in plan.retry_days[try_count - 1 :]]
    if is_hard:
        return Following(moment + sum(rest, timedelta()), is_try=False)
    return Following(moment + rest[0], is_try=True) if rest else Following(moment, is_try=False)


def payable_until(plan: Plan, moment: datetime) -> datetime:
    """How long the order of a cycle that is charged from now on can be paid: until the last try, and a day."""
    return moment + timedelta(days=sum(int(days) for days in plan.retry_days)) + PAY_GRACE


def check_can(contract: Contract, what: str, *, open_cycle: ContractCycle | None) -> None:
    """Whether the contract can be paused, resumed, cancelled at its period's end or kept.

    Raises:
        ContractState: it cannot.
    """
    running = contract.status in RUNNING
    is_free = running and open_cycle is None
    can = {
        "pause": is_free and not contract.cancel_at_period_end,
        "resume": contract.status == ContractStatus.PAUSED,
        "cancel_at_period_end": is_free,
        "change": is_free and not contract.cancel_at_period_end and contract.status != ContractStatus.PAST_DUE,
        "uncancel": running and contract.cancel_at_period_end,
        "cancel_now": contract.status != ContractStatus.ENDED,
    }[what]
    if can:
        return
    if running and open_cycle is not None:
        raise ContractState("cycle_in_progress", "The present cycle is being charged. Cancel now, or try again later.")
    raise ContractState("contract_state", f"A contract that is {contract.status} does not allow this.")


def check_terms(terms: PlanTerms) -> None:
    """Whether the terms of a new plan make sense.

    Raises:
        InvalidPlan: they do not; `param` says where.
    """
    unit, count = terms.interval.unit, terms.interval.count
    if not 1 <= count <= MAX_COUNTS[unit]:
        raise _invalid("interval_count", f"Must be 1 to {MAX_COUNTS[unit]} for {unit}.")
    if not 0 <= terms.trial_days <= MAX_TRIAL_DAYS:
        raise _invalid("trial_days", f"Must be 0 to {MAX_TRIAL_DAYS}.")
    if not terms.prices:
        raise _invalid("prices", "Set a price in at least one currency.")
    currencies = [price.currency for price in terms.prices]
    if len(set(currencies)) < len(currencies):
        raise _invalid("prices", "Name each currency once.")
    for price in terms.prices:
        exponent(price.currency)
        if any(not 0 <= minor <= MAX_MINOR for minor in (price.unit_minor, price.intro_minor or 0)):
            raise _invalid("prices", "An amount is out of range.")
        if (price.intro_minor is not None) != bool(terms.intro_cycles):
            raise _invalid(
                "intro_cycles", "An introductory price needs a number of cycles, and every currency has one."
            )
    if terms.anchor_day is not None:
        most = 7 if unit is Unit.WEEK else 31
        if unit is Unit.DAY or not 1 <= terms.anchor_day <= most:
            raise _invalid("anchor_day", f"Must be 1 to {most}; plans by the day have none.")
        if terms.trial_days:
            raise _invalid("anchor_day", "A plan with a trial begins when the trial ends.")
    _check_retries(terms.retry_days)
    for name, allowed in (("catch_up", CATCH_UPS), ("cancel_refund", REFUNDS), ("final_step", FINAL_STEPS)):
        if getattr(terms, name) not in allowed:
            raise _invalid(name, f"Must be one of {', '.join(allowed)}.")


def check_zone(name: str) -> str:
    """The name of a time zone that there is; UTC for one that there is not."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return "UTC"


def _check_retries(days: Sequence[int]) -> None:
    if len(days) > MAX_RETRIES or any(not 1 <= day <= MAX_RETRY_DAYS for day in days):
        raise _invalid("retry_days", f"At most {MAX_RETRIES} pauses of 1 to {MAX_RETRY_DAYS} days.")


def _invalid(param: str, message: str) -> InvalidPlan:
    return InvalidPlan("invalid_plan", message, details={"param": param})


def status_when_paid(contract: Contract, cycle: ContractCycle) -> ContractStatus:
    """The state of a contract once this cycle of it is paid: a pause outlasts payment, and cycle 0 is the trial."""
    if contract.status == ContractStatus.PAUSED:
        return ContractStatus.PAUSED
    return ContractStatus.TRIALING if cycle.number == TRIAL else ContractStatus.ACTIVE
