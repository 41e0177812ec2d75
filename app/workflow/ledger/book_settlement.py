"""What a payment company settled to the bank: one records it from its document, another confirms it, and only then it
is in the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.core import clock, db, outbox, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import MAX_MINOR
from app.domain.ledger.settlements import service
from app.domain.ledger.settlements.models import Settlement
from app.domain.ledger.settlements.states import SETTLEMENT, SettlementStatus
from app.domain.payments import service as payments
from app.domain.payments.channel_bills import service as channel_bills
from app.domain.payments.channels import registry
from app.workflow.steps.accounts.principals_of import accountable_principals
from app.workflow.steps.accounts.second_person import check_second_person

MAX_REFERENCE_LENGTH = 140
FeeSource = Literal["settlement", "bills"]
_OLDEST = timedelta(days=3650)


@dataclass(frozen=True, kw_only=True)
class SettlementCommand:
    """One settlement, in minor units of `currency`, none below zero but the net: the company paid (or collected)
    `net_minor` = `gross_minor` - `refund_minor` - `fee_minor` on `settled_on`; `reference` is its document's number.
    `fee_source` is where its fees are booked: by the settlement, or by the company's daily bills. Without it, they are
    booked by the bills where the account had one before that day."""

    channel_account_id: uuid.UUID
    bank_account_id: uuid.UUID
    currency: str
    gross_minor: int
    refund_minor: int
    fee_minor: int
    net_minor: int
    reference: str
    settled_on: date
    fee_source: FeeSource | None = None


def record(
    business_id: uuid.UUID, command: SettlementCommand, *, actor: str, settlement_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Record a settlement, which waits for a second person; its id. The same `settlement_id` again changes nothing.

    Raises:
        NotFound: no such channel account or bank account. Invalid: the amounts do not add up, or the day, reference or
            currency cannot be. Conflict: this document was recorded before. Denied: a key of which nobody knows whose
            it is.
    """
    settlement_id = settlement_id or new_id()
    _check(command)
    with db.phase("book_settlement.record", business_id):
        if service.settlement(settlement_id) is not None:
            return settlement_id
        accountable_principals(actor)
        _check_accounts(command)
        source = _fee_source(command)
        row = db.new_row(Settlement, id=settlement_id, recorded_by=actor, **vars(command) | {"fee_source": source})
        taken = Conflict("settlement_recorded", "This settlement was already recorded.")
        db.write(row.on_conflict_do_nothing(), expect=1, otherwise=taken)
        states.born(SETTLEMENT, settlement_id, reason="recorded", actor=actor)
        outbox.emit("settlement.recorded", aggregate_id=settlement_id, payload={"settlement_id": str(settlement_id)})
    return settlement_id


def confirm(business_id: uuid.UUID, settlement_id: uuid.UUID, *, actor: str) -> None:
    """A second person has seen it on the bank's statement: it is in the ledger now. Again by the same person changes
    nothing.

    Raises:
        NotFound: no such settlement. Denied: it is the person who recorded it. Conflict: it was decided meanwhile.
    """
    with db.phase("book_settlement.confirm", business_id):
        row = db.lock(Settlement, settlement_id)
        if (row.status, row.decided_by) == (SettlementStatus.CONFIRMED, actor):
            return
        check_second_person(row.recorded_by, actor, did="recorded this")
        _decide(row, SettlementStatus.CONFIRMED, "seen in the bank", actor, service.post_settlement)


def reject(business_id: uuid.UUID, settlement_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """It was a mistake: whoever recorded it takes it back, or another says so.

    Raises:
        NotFound: no such settlement. Conflict: it was decided meanwhile.
    """
    with db.phase("book_settlement.reject", business_id):
        _decide(db.lock(Settlement, settlement_id), SettlementStatus.REJECTED, reason or "rejected", actor, None)


def _check(command: SettlementCommand) -> None:
    parts = {"gross": command.gross_minor, "refund": command.refund_minor, "fee": command.fee_minor}
    for name, minor in parts.items():
        if not 0 <= minor <= MAX_MINOR:
            raise Invalid("invalid_amount", "Enter an amount from zero up.", details={"param": f"{name}_minor"})
    net = command.gross_minor - command.refund_minor - command.fee_minor
    if command.net_minor != net or abs(net) > MAX_MINOR:
        text = "The payments less refunds and fees do not make the net amount."
        raise Invalid("wrong_amount", text, details={"param": "net_minor"})
    if not any(parts.values()) or (net, command.fee_minor) == (0, 0):
        raise Invalid("invalid_amount", "Nothing was settled.", details={"param": "gross_minor"})
    if not 0 < len(command.reference) <= MAX_REFERENCE_LENGTH:
        raise Invalid(
            "invalid_reference", "Enter the number of the company’s document.", details={"param": "reference"}
        )
    today = clock.now().date()
    if not today - _OLDEST <= command.settled_on <= today + timedelta(days=1):
        raise Invalid(
            "invalid_date",
            "Enter the day on which it was settled, tomorrow at the latest.",
            details={"param": "settled_on"},
        )


def _check_accounts(command: SettlementCommand) -> None:
    account = payments.account(command.channel_account_id)
    if account is None or registry.channel(account.channel).capabilities.is_internal:
        raise NotFound("not_found", "There is no such channel account.")
    bank = service.bank_account(command.bank_account_id)
    if bank is None or bank.archived_at is not None:
        raise NotFound("not_found", "There is no such bank account.")
    if bank.currency != command.currency:
        details = {"param": "bank_account_id", "currency": bank.currency}
        raise Invalid("bank_account_currency", f"This bank account is in {bank.currency}.", details=details)


def _fee_source(command: SettlementCommand) -> FeeSource:
    source = command.fee_source
    if source is None:
        first_day = channel_bills.first_day(command.channel_account_id)
        source = "bills" if first_day is not None and first_day < command.settled_on else "settlement"
    if source == "bills" and not command.net_minor:
        text = "Nothing is left to book: the amount is zero, and the bills booked the fees."
        raise Invalid("invalid_amount", text, details={"param": "net_minor"})
    return source


def _decide(
    row: Settlement, to: SettlementStatus, reason: str, actor: str, post: Callable[[Settlement], uuid.UUID] | None
) -> None:
    if row.status != SettlementStatus.RECORDED:
        raise Conflict("version_conflict", "This was decided in the meantime. Please review it.")
    journal_id = post(row) if post else None
    states.advance(
        SETTLEMENT, row, to, reason=reason, actor=actor, decided_by=actor, decided_at=clock.now(), journal_id=journal_id
    )
