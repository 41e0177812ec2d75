"""What a notice that is about no movement says, as its row keeps it (`channel_notices.details`), there and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.money import Money
from app.domain.payments.channels.types import AccountNotice, ContractNotice, ContractOutcome
from app.domain.payments.models import ChannelNotice

MAX_LENGTH = 200  # of a company's words and numbers


def kind_of(notice: ContractNotice | AccountNotice) -> str:
    """What it is about: one of `models.NOTICE_KINDS`."""
    return "contract" if isinstance(notice, ContractNotice) else notice.kind


def subject_ref(notice: ContractNotice | AccountNotice) -> str:
    """The company's number of what it is about; a contract's that has none (it was never signed) is ours."""
    found = notice.outcome.contract_no or notice.our_ref if isinstance(notice, ContractNotice) else notice.subject_ref
    return found[:MAX_LENGTH]


def details_of(notice: ContractNotice | AccountNotice) -> dict[str, Any]:
    """`event` and `status`, and what else it says: of a contract `contract_no`, `ends_at`, `decline_code`; of the rest
    `amount_minor`, `currency`, `reason`, `due_at`, `channel_ref`. What it does not say is left out."""
    said: dict[str, Any] = {"event": notice.event}
    if isinstance(notice, ContractNotice):
        outcome = notice.outcome
        said |= {"status": outcome.status, "contract_no": outcome.contract_no, "decline_code": outcome.decline_code}
        said["ends_at"] = _text(outcome.ends_at)
    else:
        said |= {"status": notice.status, "reason": notice.reason, "channel_ref": notice.channel_ref}
        said["due_at"] = _text(notice.due_at)
        if notice.amount is not None:
            said |= {"amount_minor": notice.amount.minor, "currency": notice.amount.currency}
    return {name: _cut(value) for name, value in said.items() if value is not None}


def contract_outcome(kept: ChannelNotice) -> ContractOutcome:
    """What a kept notice of kind `contract` says of the contract that is its `subject_id`."""
    said = kept.details or {}
    ends_at = said.get("ends_at")
    return ContractOutcome(
        status=said["status"],
        contract_no=said.get("contract_no"),
        decline_code=said.get("decline_code"),
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
    )


def amount(kept: ChannelNotice) -> Money | None:
    """The money that a kept notice names."""
    said = kept.details or {}
    return Money(said["amount_minor"], said["currency"]) if "amount_minor" in said else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _cut(value: Any) -> Any:
    return value[:MAX_LENGTH] if isinstance(value, str) else value
