"""Changes of running contracts: what one would cost, and what follows when it is paid, refused, due or taken back. In
the caller's phase; a contract is locked after its order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import clock, db, outbox, states
from app.core.errors import Invalid
from app.core.ids import show
from app.core.money import Money
from app.core.states import RowState
from app.domain.signing import change_rows, mandates, proration, rules
from app.domain.signing import service as signing
from app.domain.signing.calendar import Anchor, Interval, Span, Unit
from app.domain.signing.errors import ContractState, PreviewExpired
from app.domain.signing.models import Contract, ContractChange, ContractCycle, Plan, PlanPrice
from app.domain.signing.proration import PaidPeriod, Proration
from app.domain.signing.states import CHANGE, CYCLE, RUNNING, ChangeStatus, ContractStatus, CycleStatus, EndReason
from app.domain.signing.types import ChangeTerms

SYSTEM = "system"
NOW, PERIOD_END = "now", "period_end"
# How old the moment of a preview may be when its change is made.
PREVIEW_FOR = timedelta(hours=1)
# How long the order of a change can be paid: as long as nobody decides, the contract waits for it.
PAYABLE_FOR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A change as it would be made: the terms that follow, from when, and what is charged now (None: nothing is)."""

    plan: Plan
    old_plan: Plan
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
    is_other_plan = new.id != old.id
    if is_other_plan:
        unit_minor = rules.check_offered(new, price, contract.currency, quantity).unit_minor
    else:
        rules.check_quantity(new, quantity)
        unit_minor = contract.unit_minor
    _check_changes(contract, wanted, new, quantity=quantity)
    unit = Money(unit_minor, contract.currency)
    _check_mandate(contract, Money(unit_minor * quantity, contract.currency))
    day = wanted.anchor_day or (new.anchor_day if is_other_plan and new.anchor_day != old.anchor_day else None)
    now = _moment(wanted.effective_at, running, moment)
    is_now = wanted.at == NOW
    is_trial = running.number == rules.TRIAL
    if is_now and is_trial and (new.sku_id != old.sku_id or day is not None):
        raise ContractState("change_not_now", "In a trial, this can change only when the trial ends.")
    at = now if is_now else running.ends_at
    number = contract.next_cycle
    anchor = rules.anchor_of(contract)
    if not (is_now and is_trial):
        anchor = proration.anchor_after(
            anchor, old=rules.interval_of(old), new=rules.interval_of(new), moment=at, number=number, day=day
        )
    cost = None
    if is_now and not is_trial:
        worth = Money(running.amount_minor + running.credit_minor, contract.currency)
        paid = PaidPeriod(
            span=Span(running.starts_at, running.ends_at),
            worth=worth,
            refunded=Money(refunded_minor, contract.currency),
        )
        following = proration.Following(
            anchor=anchor, interval=rules.interval_of(new), number=number, unit=unit, quantity=quantity
        )
        balance = Money(contract.credit_minor, contract.currency)
        cost = proration.prorate(paid, following, moment=now, balance=balance)
    return Planned(
        plan=new,
        old_plan=old,
        quantity=quantity,
        unit=unit,
        at=wanted.at,
        anchor=anchor,
        anchor_day=day,
        effective_at=at,
        ends_at=cost.span.ends_at if cost is not None else running.ends_at,
        number=number,
        running=running,
        cost=cost,
    )


def add(contract: Contract, planned: Planned, *, actor: str, change_id: uuid.UUID) -> None:
    """Write the change, scheduled; people outside hear of one that waits for the period's end."""
    cost = planned.cost
    db.add(
        ContractChange,
        id=change_id,
        contract_id=contract.id,
        at=planned.at,
        actor=actor,
        from_plan_id=contract.plan_id,
        from_quantity=contract.quantity,
        plan_id=planned.plan.id,
        quantity=planned.quantity,
        unit_minor=planned.unit.minor,
        currency=contract.currency,
        anchor_day=planned.anchor_day,
        effective_at=planned.effective_at,
        ends_at=planned.ends_at,
        cycle_number=planned.number,
        new_anchor_at=planned.anchor.at,
        new_anchor_number=planned.anchor.number,
        new_anchor_day=planned.anchor.day,
        charge_minor=cost.charge.minor if cost is not None else 0,
        credit_minor=cost.credit.minor if cost is not None else 0,
        used_minor=cost.used.minor if cost is not None else 0,
        due_minor=cost.due.minor if cost is not None else 0,
    )
    states.born(CHANGE, change_id, reason="requested", actor=actor)
    if planned.at == PERIOD_END:
        payload = {"change_id": str(change_id), "contract_id": str(contract.id)}
        outbox.emit("contract.change_scheduled", aggregate_id=contract.id, payload=payload)


def charge(contract: Contract, change_id: uuid.UUID, order_id: uuid.UUID, *, moment: datetime) -> None:
    """Its order is written: until that is decided, somebody looks at the contract again within the lease."""
    row = RowState(change_id, ChangeStatus.SCHEDULED, 1)
    states.advance(CHANGE, row, ChangeStatus.CHARGING, reason="ordered", actor=SYSTEM, order_id=order_id)
    signing.move(contract, contract.status, reason="", actor=SYSTEM, acts_at=moment + rules.LEASE)


def apply_in_trial(contract: Contract, change_id: uuid.UUID) -> None:
    """Nothing is paid and no period is cut: the terms change."""
    change = change_rows.get(change_id)
    signing.set_terms(contract, change, signing.plan(change.plan_id))
    change_rows.move(change, ChangeStatus.APPLIED, reason="in the trial")


def apply_scheduled(contract: Contract) -> Contract:
    """The period is over and its next one about to begin: what was scheduled for that is in force from here on; the
    contract as it is then."""
    change = change_rows.open_of(contract.id)
    if change is None or change.status != ChangeStatus.SCHEDULED or contract.next_due_at is None:
        return contract
    old, new = signing.plan(contract.plan_id), signing.plan(change.plan_id)
    before = rules.anchor_of(contract)
    anchor = proration.anchor_after(
        before,
        old=rules.interval_of(old),
        new=rules.interval_of(new),
        moment=contract.next_due_at,
        number=contract.next_cycle,
        day=change.anchor_day,
    )
    calendar = {} if anchor == before else _calendar(anchor, contract.next_due_at)
    signing.set_terms(contract, change, new, **calendar)
    change_rows.move(change, ChangeStatus.APPLIED, reason="period over")
    return signing.look(contract.id)


def cancel(contract: Contract, change_id: uuid.UUID, *, actor: str) -> None:
    """Take back a change that waits for the period's end.

    Raises:
        ContractState: it does not wait any more.
    """
    change = change_rows.get(change_id)
    if change.contract_id != contract.id or change.status != ChangeStatus.SCHEDULED:
        raise ContractState("change_state", f"The change {show('cch', change_id)} cannot be taken back any more.")
    change_rows.move(change, ChangeStatus.CANCELLED, reason="taken back", actor=actor)


def paid(order_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """An order of the contract is paid: that of a change puts its terms in force, with the cycle that it paid for."""
    contract, change = signing.lock(contract_id), change_rows.of_order(order_id)
    if change is None:
        signing.paid(order_id, contract_id)
        return
    if change.status != ChangeStatus.CHARGING:
        return
    running, new = signing.last_cycle(contract_id), signing.plan(change.plan_id)
    assert running is not None  # a change is of a contract that was paid
    moment = clock.now()
    if change.effective_at < running.ends_at:
        db.write(db.change(ContractCycle, running.id, cut_at=change.effective_at), expect=1)
    anchor = Anchor(
        at=change.new_anchor_at,
        zone=contract.time_zone,
        number=change.new_anchor_number,
        day=change.new_anchor_day,
    )
    _add_paid_cycle(
        contract_id,
        change.cycle_number,
        Span(change.effective_at, change.ends_at),
        amount=Money(change.due_minor, change.currency),
        credit_minor=change.used_minor,
        order_id=order_id,
        moment=moment,
    )
    left = contract.credit_minor + change.credit_minor - change.used_minor
    signing.set_terms(
        contract,
        change,
        new,
        credit_minor=left,
        next_cycle=change.cycle_number + 1,
        next_due_at=change.ends_at,
        acts_at=change.ends_at,
        **_calendar(anchor, change.effective_at),
    )
    change_rows.move(change, ChangeStatus.APPLIED, reason="order paid", cut_order_id=running.order_id)


def closed(order_id: uuid.UUID, contract_id: uuid.UUID, *, reason: str) -> None:
    """An order of the contract was closed unpaid: the change that it was for has failed, and the contract goes on as it
    was."""
    contract, change = signing.lock(contract_id), change_rows.of_order(order_id)
    if change is None:
        signing.closed(order_id, contract_id, reason=reason)
        return
    if change.status != ChangeStatus.CHARGING:
        return
    change_rows.move(change, ChangeStatus.FAILED, reason=reason)
    if contract.status == ContractStatus.ENDED:
        return
    if signing.is_revoked(contract):
        signing.end(contract, EndReason.REVOKED_AT_CHANNEL, actor=SYSTEM)
    elif contract.cancelled_by is not None and not contract.cancel_at_period_end:
        signing.end(contract, EndReason.CANCELLED, actor=SYSTEM)
    elif contract.status in RUNNING:
        last = signing.last_cycle(contract_id)
        acts_at = contract.next_due_at or (last.ends_at if last is not None else clock.now())
        signing.move(contract, contract.status, reason="", actor=SYSTEM, acts_at=acts_at)


def _add_paid_cycle(
    contract_id: uuid.UUID,
    number: int,
    span: Span,
    *,
    amount: Money,
    credit_minor: int,
    order_id: uuid.UUID,
    moment: datetime,
) -> None:
    """Write a cycle whose order is paid already: one that a change began."""
    cycle_id = signing.add_cycle(contract_id, number, span, amount=amount, order_id=order_id, credit_minor=credit_minor)
    payload = {"cycle_id": str(cycle_id), "contract_id": str(contract_id), "order_id": str(order_id)}
    row = RowState(cycle_id, CycleStatus.DUE, 1)
    states.advance(
        CYCLE, row, CycleStatus.PAID, reason="change paid", actor=SYSTEM, payload=payload, paid_at=moment
    )


def _calendar(anchor: Anchor, runs_from: datetime) -> dict[str, object]:
    return {
        "anchor_at": anchor.at,
        "anchor_number": anchor.number,
        "anchor_day": anchor.day,
        "runs_from": runs_from,
    }


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


def _check_changes(contract: Contract, wanted: ChangeTerms, new: Plan, *, quantity: int) -> None:
    if new.id == contract.plan_id and quantity == contract.quantity and wanted.anchor_day is None:
        raise Invalid("nothing_changes", "Name another plan, quantity or day.")
    if new.cycle_count is not None or signing.plan(contract.plan_id).cycle_count is not None:
        raise ContractState("change_not_offered", "A plan with a fixed number of cycles cannot be changed.")
    if wanted.anchor_day is None:
        return
    unit = Interval(Unit(new.interval_unit), new.interval_count).unit
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
