"""What follows if the next payment of a contract, or the first one of a plan's contracts to come, is refused."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db, mail
from app.domain.accounts.business.models import Business
from app.domain.signing import change_rows
from app.domain.signing import service as signing
from app.domain.signing.models import Contract
from app.domain.signing.retry_schedule import RetryStep, retry_schedule
from app.domain.signing.states import RUNNING, ChangeStatus, ContractStatus


@dataclass(frozen=True)
class RetrySchedule:
    """The steps by date, none if nothing is charged. `is_hard`: the first refusal is one that no other try can change;
    `hard_until` is when the last step comes then (None: no payment of it can be refused so)."""

    steps: tuple[RetryStep, ...]
    is_hard: bool = False
    hard_until: datetime | None = None


def schedule_of_plan(
    business_id: uuid.UUID, plan_id: uuid.UUID, *, due_at: datetime | None = None, is_hard: bool = False
) -> RetrySchedule:
    """That of a payment that is due then (None: now).

    Raises:
        NotFound: there is no such plan.
    """
    moment = due_at or clock.now()
    with db.reading(business_id):
        plan = signing.plan(plan_id)
        silent = _silent(business_id)
    until = retry_schedule(plan, moment, is_hard=True)[-1].at
    return RetrySchedule(_told(retry_schedule(plan, moment, is_hard=is_hard), silent), is_hard, until)


def schedule_of_contract(business_id: uuid.UUID, contract_id: uuid.UUID, *, is_hard: bool = False) -> RetrySchedule:
    """From the present try on, if one is open, or that of the next payment. What is paid from a wallet is never refused
    for good.

    Raises:
        NotFound: there is no such contract.
    """
    with db.reading(business_id):
        contract = signing.look(contract_id)
        silent = _silent(business_id)
        due_at, plan_id = _due_then(contract)
        if due_at is None:
            return RetrySchedule(())
        plan = signing.plan(plan_id)
    refusals, is_over = contract.try_count, contract.retries_over or contract.try_count > len(plan.retry_days)
    may_be_hard = contract.channel_account_id is not None and not is_over
    is_hard = is_hard and may_be_hard
    steps = retry_schedule(plan, due_at, refusals=refusals, is_hard=is_hard, is_over=is_over)
    hard = retry_schedule(plan, due_at, refusals=refusals, is_hard=True) if may_be_hard else ()
    return RetrySchedule(_told(steps, silent), is_hard, hard[-1].at if hard else None)


def _due_then(contract: Contract) -> tuple[datetime | None, uuid.UUID]:
    """When its money is tried next, and by which plan: the one that follows at the period's end, if one does."""
    if contract.status not in RUNNING:
        return None, contract.plan_id
    cycle = signing.open_cycle(contract.id)
    if cycle is not None:
        return contract.acts_at if contract.status == ContractStatus.PAST_DUE else cycle.due_at, contract.plan_id
    if contract.cancel_at_period_end:
        return None, contract.plan_id
    change = change_rows.open_of(contract.id)
    is_coming = change is not None and change.status == ChangeStatus.SCHEDULED
    return contract.next_due_at, change.plan_id if change is not None and is_coming else contract.plan_id


def _silent(business_id: uuid.UUID) -> Sequence[str]:
    return db.scalar(select(Business.silent_mails).where(Business.id == business_id)) or ()


def _told(steps: Sequence[RetryStep], silent: Sequence[str]) -> tuple[RetryStep, ...]:
    """With the mails that this installation and the business do send."""
    return tuple(step if mail.is_on() and step.mail not in silent else replace(step, mail=None) for step in steps)
