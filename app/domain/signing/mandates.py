"""Mandates: the buyer's leave to deduct, at the company of an account. Written in the caller's phase, with the contract
locked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

from sqlalchemy import bindparam, select

from app.core import clock, db, states
from app.core.ids import new_id
from app.core.money import Money
from app.domain.signing.models import Mandate
from app.domain.signing.states import MANDATE, MandateStatus

SYSTEM = "system"
OVER = (MandateStatus.ENDED, MandateStatus.FAILED)
# Seconds before each question, the last repeats: while the buyer is on the company's page or an answer was lost, and
# while the company has not said that it ended the mandate.
WAITING_S = (5, 10, 20, 30, 60, 60, 120, 300, 600, 1800, 3600)
ENDING_S = (1, 5, 30, 60, 300, 900, 3600, 6 * 3600)
# A mandate that nobody ever signed, and that its company does not end, is given up so long after we wanted it to end.
ABANDONED_AFTER = timedelta(days=30)
mandates = db.table(Mandate)
_OF_CONTRACT = db.prepared(
    select(mandates).where(mandates.c.business_id == db.HERE, mandates.c.contract_id == bindparam("contract"))
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a company says of a mandate, in the words of a channel's `ContractOutcome`."""

    status: str
    contract_no: str | None = None
    action: dict[str, str] | None = None
    decline_code: str | None = None


class _Columns(TypedDict):
    contract_no: str | None
    decline_code: str | None
    action: dict[str, str] | None
    is_unclear: bool
    next_poll_at: NotRequired[datetime | None]
    poll_count: NotRequired[int]
    active_at: NotRequired[datetime]
    ended_at: NotRequired[datetime]


def add(contract_id: uuid.UUID, account_id: uuid.UUID, *, scene: str, largest: Money, return_url: str) -> uuid.UUID:
    """A mandate that is about to be asked for; its id. The first question is due in a while, in case nobody comes back
    from the company."""
    mandate_id = new_id()
    db.add(
        Mandate,
        id=mandate_id,
        contract_id=contract_id,
        channel_account_id=account_id,
        scene=scene,
        largest_minor=largest.minor,
        currency=largest.currency,
        return_url=return_url,
        next_poll_at=clock.now() + timedelta(seconds=WAITING_S[3]),
    )
    states.born(MANDATE, mandate_id, reason="signed", actor=SYSTEM)
    return mandate_id


def of_contract(contract_id: uuid.UUID) -> Mandate | None:
    """The mandate that the contract is charged by."""
    return db.first(_OF_CONTRACT, contract=contract_id)


def take_up(mandate: Mandate) -> None:
    """Somebody asks the company now: the next question is due later."""
    pauses_s = ENDING_S if mandate.status == MandateStatus.ENDING else WAITING_S
    later = clock.now() + timedelta(seconds=pauses_s[min(mandate.poll_count, len(pauses_s) - 1)])
    db.write(db.change(Mandate, mandate.id, poll_count=mandate.poll_count + 1, next_poll_at=later), expect=1)


def follow(mandate: Mandate, outcome: Said, *, is_first: bool = False) -> str:
    """Write what the company said; the mandate's status now. `is_first`: nobody can have told the company of it before,
    so what it did not hear there is nothing of."""
    to = next_status(mandate.status, outcome, is_first=is_first, is_old=_is_old(mandate))
    columns: _Columns = {
        "contract_no": outcome.contract_no or mandate.contract_no,
        "decline_code": outcome.decline_code or mandate.decline_code,
        "action": outcome.action or mandate.action,
        "is_unclear": outcome.status in ("unknown", "unsent"),
    }
    if to == MandateStatus.ACTIVE and not columns["contract_no"]:
        to = mandate.status  # its number comes with a later answer
    if to == mandate.status:
        if to == MandateStatus.ACTIVE and not columns["is_unclear"]:
            columns["next_poll_at"], columns["poll_count"] = None, 0
        db.write(db.change(Mandate, mandate.id, **columns), expect=1)
        return to
    if to == MandateStatus.ACTIVE:
        columns["active_at"], columns["next_poll_at"], columns["poll_count"] = clock.now(), None, 0
    elif to in OVER:
        columns["ended_at"], columns["next_poll_at"] = clock.now(), None
    states.advance(MANDATE, mandate, to, reason=outcome.decline_code or outcome.status, actor="channel", **columns)
    return to


def next_status(status: str, outcome: Said, *, is_first: bool = False, is_old: bool = False) -> str:
    """What a mandate is once its company said this of it. What is lost or not sent says nothing."""
    if status == MandateStatus.PENDING:
        if outcome.status == "active":
            return MandateStatus.ACTIVE
        if outcome.status in ("failed", "ended") or (outcome.status == "unsent" and is_first):
            return MandateStatus.FAILED
        return MandateStatus.PENDING  # some know nothing of what nobody has signed yet
    if status == MandateStatus.ACTIVE:
        return MandateStatus.ENDED if outcome.status in ("ended", "absent", "failed") else MandateStatus.ACTIVE
    if status == MandateStatus.ENDING:
        is_over = outcome.status in ("ended", "absent", "failed") or (is_old and outcome.status == "pending")
        return MandateStatus.ENDED if is_over else MandateStatus.ENDING
    return status


def let_go(contract_id: uuid.UUID) -> None:
    """Its contract has ended: the company is told to end it."""
    mandate = of_contract(contract_id)
    if mandate is None or mandate.status not in (MandateStatus.PENDING, MandateStatus.ACTIVE):
        return
    states.advance(
        MANDATE,
        mandate,
        MandateStatus.ENDING,
        reason="contract ended",
        actor=SYSTEM,
        next_poll_at=clock.now(),
        poll_count=0,
    )


def check_soon(contract_id: uuid.UUID) -> None:
    """Something says that it may have ended: the company is asked."""
    mandate = of_contract(contract_id)
    if mandate is not None and mandate.status == MandateStatus.ACTIVE:
        db.write(db.change(Mandate, mandate.id, next_poll_at=clock.now()), expect=1)


def _is_old(mandate: Mandate) -> bool:
    moment: datetime = clock.now()
    return moment - mandate.created_at > ABANDONED_AFTER
