"""Pretend Pay's notices about contracts, disputes, its payouts to the merchant's bank, and bills. Raises Unreadable."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from app.core.ids import try_parse
from app.domain.payments.channels.simulator import answers
from app.domain.payments.channels.simulator.answers import Unreadable
from app.domain.payments.channels.types import AccountNotice, ContractNotice, ContractOutcome, ContractStatus
from app.lib.json_types import Json

Status = Literal["open", "review", "won", "lost", "partly_lost", "paid", "failed", "ready"]
Kind = Literal["dispute", "payout", "bill"]
# event → what it says of the contract, which is the status that must stand beside it
CONTRACTS: dict[str, ContractStatus] = {
    "contract.signed": "active",
    "contract.paused": "paused",
    "contract.resumed": "active",
    "contract.ended": "ended",
}
# event → what it is about, the status that must stand beside it, and which field is its number
OTHERS: dict[str, tuple[Kind, Status, str]] = {
    "dispute.opened": ("dispute", "open", "dispute_no"),
    "dispute.updated": ("dispute", "review", "dispute_no"),
    "dispute.partly_lost": ("dispute", "partly_lost", "dispute_no"),
    "dispute.won": ("dispute", "won", "dispute_no"),
    "dispute.lost": ("dispute", "lost", "dispute_no"),
    "settlement.paid": ("payout", "paid", "settlement_no"),
    "settlement.failed": ("payout", "failed", "settlement_no"),
    "bill.ready": ("bill", "ready", "day"),
}


def read(event: str, data: Json) -> ContractNotice | AccountNotice | None:
    """The notice, when it is one of these."""
    external_id, merchant_ref = answers.text(data, "notice_id"), answers.text(data, "merchant_id")
    if event in CONTRACTS:
        ref = answers.text(data, "out_contract_no")
        outcome = contract(data, ref)
        if outcome.status != CONTRACTS[event] or try_parse(ref, "con") is None:
            raise Unreadable("event and status do not fit, or it is no contract of ours")
        return ContractNotice(
            external_id=external_id, event=event, our_ref=ref, merchant_ref=merchant_ref, outcome=outcome
        )
    if event not in OTHERS:
        return None
    kind, status, number = OTHERS[event]
    if answers.text(data, "status") != status:
        raise Unreadable("event and status do not fit")
    subject = answers.text(data, number)
    if kind == "bill":
        _check_day(subject)
    return AccountNotice(
        kind=kind,
        external_id=external_id,
        event=event,
        subject_ref=subject,
        merchant_ref=merchant_ref,
        status=status,
        our_ref=answers.optional_text(data, "out_trade_no"),
        channel_ref=answers.optional_text(data, "trade_no"),
        amount=answers.money(data) if kind != "bill" else None,
        reason=answers.optional_text(data, "reason"),
        due_at=moment(data, "due_at"),
    )


CONTRACT_STATUS: dict[str, ContractStatus] = {
    "pending": "pending",
    "active": "active",
    "paused": "paused",
    "ended": "ended",
    "declined": "failed",
}


def contract(data: Json, ref: str) -> ContractOutcome:
    """How the contract `ref` stands."""
    if answers.text(data, "out_contract_no") != ref:
        raise Unreadable("it refers to another contract")
    status = CONTRACT_STATUS.get(answers.text(data, "status"))
    if status is None:
        raise Unreadable("unknown status")
    return ContractOutcome(
        status=status, contract_no=answers.optional_text(data, "contract_no"), ends_at=moment(data, "ends_at")
    )


def moment(data: Json, name: str) -> datetime | None:
    """A time of theirs; None when there is none."""
    value = answers.optional_text(data, name)
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError as error:
        raise Unreadable(f"{name} is no time") from error
    if found is not None and found.tzinfo is None:
        raise Unreadable(f"{name} names no zone")
    return found


def _check_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable("day is none") from error
