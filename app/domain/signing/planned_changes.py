"""What a change of a running contract would mean at this moment, and whether it can be made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.errors import Invalid
from app.core.money import Money
from app.domain.signing import change_rows, mandates, proration, rules
from app.domain.signing import service as signing
from app.domain.signing.calendar import Anchor, Span, Unit
from app.domain.signing.errors import ContractState, PreviewExpired
from app.domain.signing.models import Contract, ContractCycle, Plan, PlanPrice
from app.domain.signing.proration import Following, PaidPeriod, Proration
from app.domain.signing.states import CycleStatus
from app.domain.signing.types import ChangeTerms

NOW, PERIOD_END = "now", "period_end"
# How old the moment of a preview may be when its change is made.
PREVIEW_FOR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A change as it would be made: the terms that follow, from when, and what is charged now (None: nothing is)."""

    plan: Plan
    quantity: int
    unit: Money
    at: str
    anchor: Anchor
    anchor_day: int | None
    effective_at: datetime
    ends_at: datetime
    number: int
    running: ContractCycle
    cost: Proration | None
    balance_minor: int

    @property
    def next_amount(self) -> Money:
        """What a whole period costs from then on, all units together."""
        return Money(self.unit.minor * self.quantity, self.unit.currency)


def plan_change(
    contract: Contract, wanted: ChangeTerms, price: PlanPrice | None, *, refunded_minor: int, moment: datetime
) -> Planned:
    """The change as it would be made at this moment. `price` is the new plan's in the contract's currency;
    `refunded_minor` what was given back of the running cycle's order, or is about to be.

    Raises:
        ContractState: the contract's state, its mandate or its plans do not allow it. PlanUnavailable: the plan is not
            offered so. Invalid: nothing would change. PreviewExpired: `effective_at` is too long ago.
    """
    running = _running(contract)
    old, new = signing.plan(contract.plan_id), signing.plan(wanted.plan_id or contract.plan_id)
    quantity = wanted.quantity or contract.quantity
    unit = _unit(contract, new, price, quantity)
    _check_changes(contract, wanted, old, new, quantity=quantity)
    _check_mandate(contract, Money(unit.minor * quantity, unit.currency))
    day = wanted.anchor_day or (new.anchor_day if new.anchor_day != old.anchor_day else None)
    is_now, is_trial = wanted.at == NOW, running.number == rules.TRIAL
    present = _moment(wanted.effective_at, running, moment)
    if is_now and is_trial and (new.sku_id != old.sku_id or day is not None):
        raise ContractState("change_not_now", "In a trial, this can change only when the trial ends.")
    effective_at, number, anchor = (
        present if is_now else running.ends_at,
        contract.next_cycle,
        rules.anchor_of(contract),
    )
    if not (is_now and is_trial):
        anchor = proration.anchor_after(
            anchor,
            old=rules.interval_of(old),
            new=rules.interval_of(new),
            moment=effective_at,
            number=number,
            day=day,
        )
    following = proration.Following(
        anchor=anchor, interval=rules.interval_of(new), number=number, unit=unit, quantity=quantity
    )
    cost = _cost(contract, running, following, refunded_minor, present) if is_now and not is_trial else None
    return Planned(
        plan=new,
        quantity=quantity,
        unit=unit,
        at=wanted.at,
        anchor=anchor,
        anchor_day=day,
        effective_at=effective_at,
        ends_at=cost.span.ends_at if cost is not None else running.ends_at,
        number=number,
        running=running,
        cost=cost,
        balance_minor=contract.credit_minor,
    )


def _unit(contract: Contract, new: Plan, price: PlanPrice | None, quantity: int) -> Money:
    """What one unit costs in a whole period: as it was signed, for whoever keeps the plan."""
    if new.id == contract.plan_id:
        rules.check_quantity(new, quantity)
        return Money(contract.unit_minor, contract.currency)
    return Money(rules.check_offered(new, price, contract.currency, quantity).unit_minor, contract.currency)


def _cost(
    contract: Contract, running: ContractCycle, following: Following, refunded_minor: int, moment: datetime
) -> Proration:
    paid = PaidPeriod(
        span=Span(running.starts_at, running.ends_at),
        worth=Money(running.amount_minor + running.credit_minor, contract.currency),
        refunded=Money(refunded_minor, contract.currency),
    )
    return proration.prorate(paid, following, moment=moment, balance=Money(contract.credit_minor, contract.currency))


def _running(contract: Contract) -> ContractCycle:
    """The paid cycle in which the contract stands, which a change begins with or follows."""
    if change_rows.open_of(contract.id) is not None:
        raise ContractState("change_in_progress", "Another change of this contract is open. Wait for it or cancel it.")
    open_cycle = signing.open_cycle(contract.id)
    rules.check_can(contract, "change", open_cycle=open_cycle)
    last = signing.last_cycle(contract.id)
    if last is None or last.status != CycleStatus.PAID:
        raise ContractState("change_not_now", "The present period is not paid for. Try again in the next one.")
    return last


def _moment(effective_at: datetime | None, running: ContractCycle, moment: datetime) -> datetime:
    """When a change at once takes effect, on a full second."""
    present = moment.replace(microsecond=0)
    wanted = present if effective_at is None else effective_at.replace(microsecond=0)
    first = max(running.starts_at, present - PREVIEW_FOR)
    if effective_at is not None and not first <= wanted <= present:
        raise PreviewExpired("preview_expired", "The preview is too old. Preview the change again.")
    wanted = max(wanted, running.starts_at)
    if wanted >= running.ends_at:
        raise ContractState("cycle_in_progress", "The present period is over. Try again when the next one is paid.")
    return wanted


def _check_changes(contract: Contract, wanted: ChangeTerms, old: Plan, new: Plan, *, quantity: int) -> None:
    if new.id == contract.plan_id and quantity == contract.quantity and wanted.anchor_day is None:
        raise Invalid("nothing_changes", "Name another plan, quantity or day.")
    if new.cycle_count is not None or old.cycle_count is not None:
        raise ContractState("change_not_offered", "A plan with a fixed number of cycles cannot be changed.")
    if wanted.anchor_day is None:
        return
    unit = Unit(new.interval_unit)
    most = 7 if unit is Unit.WEEK else 31
    if unit is Unit.DAY or not 1 <= wanted.anchor_day <= most:
        text = f"Must be 1 to {most}; plans by the day have none."
        raise Invalid("invalid_anchor_day", text, details={"param": "anchor_day"})


def _check_mandate(contract: Contract, largest: Money) -> None:
    mandate = mandates.of_contract(contract.id) if contract.channel_account_id is not None else None
    if mandate is not None and largest.minor > mandate.largest_minor:
        raise ContractState(
            "above_mandate", "The new price is more than the buyer agreed to let the payment company deduct."
        )
