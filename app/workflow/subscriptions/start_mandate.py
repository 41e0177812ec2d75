"""Asking a company for the buyer's leave to deduct, in the three steps of paying: reserve, call, record."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.core import db, settings
from app.core.db.retry import in_phase
from app.core.ids import show
from app.core.money import Money
from app.core.process import crash
from app.domain.payments import service as payments
from app.domain.payments.channels.types import ContractOutcome, ContractRequest, Recurring
from app.domain.payments.models import ChannelAccount
from app.domain.signing import mandates
from app.domain.signing import service as signing
from app.domain.signing.calendar import Unit
from app.domain.signing.mandates import Said
from app.domain.signing.models import Contract, Mandate, Plan
from app.domain.signing.states import ContractStatus, MandateStatus
from app.workflow.steps.payments import channel_access
from app.workflow.steps.payments.channel_access import OpenAccount

# Companies know days and months.
EVERY = {Unit.DAY: ("day", 1), Unit.WEEK: ("day", 7), Unit.MONTH: ("month", 1), Unit.QUARTER: ("month", 3),
         Unit.YEAR: ("month", 12)}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """What is asked of whom. `is_first`: nobody can have told the company of it before."""

    mandate_id: uuid.UUID
    account: OpenAccount
    request: ContractRequest
    version: int
    is_first: bool


def start_mandate(business_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """Ask the company where the buyer agrees to the contract, unless that is known or the contract waits no more. Our
    number makes it the same mandate however often it is asked."""
    asked = in_phase("start_mandate.reserve", business_id, lambda: _reserve(contract_id))
    if asked is None:
        return
    channel = asked.account.channel
    assert isinstance(channel, Recurring)  # it was chosen for that
    outcome = channel.start_contract(asked.account.settings, asked.request)
    crash.point("start_mandate.call.after")
    in_phase(
        "start_mandate.record",
        business_id,
        lambda: record(contract_id, asked.account.id, outcome, version=asked.version, is_first=asked.is_first),
    )


def record(
    contract_id: uuid.UUID, account_id: uuid.UUID, outcome: ContractOutcome, *, version: int, is_first: bool = False
) -> str:
    """In the caller's phase: keep what the company said of the contract's mandate, and let the contract follow; the
    mandate's status now. `version` is what the mandate was when it was asked: an answer that something newer has
    overtaken changes nothing."""
    contract, mandate = signing.lock(contract_id), mandates.of_contract(contract_id)
    assert mandate is not None  # it was asked about
    payments.log_account_exchanges(account_id, outcome.exchanges, subject_id=contract_id)
    if mandate.version != version:
        return mandate.status
    said = Said(
        status=outcome.status,
        contract_no=outcome.contract_no,
        action=outcome.action,
        decline_code=outcome.decline_code,
    )
    before, now = mandate.status, mandates.follow(mandate, said, is_first=is_first)
    if now == before:
        return now
    if now == MandateStatus.ACTIVE:
        signing.signed(contract)
    elif now in mandates.OVER and before != MandateStatus.ENDING:
        signing.revoked(contract)
    return now


def _reserve(contract_id: uuid.UUID) -> _Asked | None:
    contract, mandate = signing.lock(contract_id), mandates.of_contract(contract_id)
    if contract.status != ContractStatus.PENDING or mandate is None:
        return None
    if mandate.status != MandateStatus.PENDING or mandate.action is not None:
        return None
    is_first = mandate.poll_count == 0
    mandates.take_up(mandate)
    account = channel_access.opened(db.get(ChannelAccount, mandate.channel_account_id))
    request = _request(contract, signing.plan(contract.plan_id), mandate, account)
    return _Asked(mandate.id, account, request, mandate.version, is_first)


def _request(contract: Contract, plan: Plan, mandate: Mandate, account: OpenAccount) -> ContractRequest:
    """What the company is asked for: the same whenever it is asked again."""
    unit, times = EVERY[Unit(plan.interval_unit)]
    public_url = settings.current().public_url
    return ContractRequest(
        contract_ref=show("con", contract.id),
        scene=mandate.scene,
        buyer_name=contract.buyer_reference,
        every_count=plan.interval_count * times,
        every_unit="day" if unit == "day" else "month",
        first_on=contract.runs_from.astimezone(ZoneInfo(contract.time_zone)).date(),
        largest=Money(mandate.largest_minor, mandate.currency),
        notify_url=f"{public_url}/callbacks/{account.channel.name}/{show('cha', account.id)}",
        return_url=mandate.return_url or public_url,
    )
