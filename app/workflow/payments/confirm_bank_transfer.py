"""What people find on the bank account: one records it, another confirms it, and only then it counts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from app.core import clock, db, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import MAX_MINOR, Money
from app.domain.catalog import service as stock
from app.domain.ledger import service as ledger
from app.domain.orders.models import Order
from app.domain.orders.states import PAYABLE
from app.domain.payments import rules
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import BankTransfer
from app.domain.payments.states import BANK_TRANSFER, UNDECIDED, AttemptStatus, BankTransferStatus
from app.domain.reconciliation import service as cases
from app.lib.some import some
from app.workflow.steps.accounts.second_person import check_second_person
from app.workflow.steps.ledger import postings
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.payments import apply_result
from app.workflow.steps.payments.apply_result import Locked

MAX_TEXT_LENGTH = 140


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the bank's statement: its amount (minor units, always above zero), the bank's own number of it,
    the day it was booked, and who is at its other end."""

    amount_minor: int
    bank_reference: str
    booked_on: date
    counterparty: str = ""


def record(
    business_id: uuid.UUID, attempt_id: uuid.UUID, line: Line, *, actor: str, transfer_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Say that this line belongs to the attempt: money came for it, or was sent for it. Nothing is applied yet. The
    transfer's id; the same `transfer_id` again changes nothing.

    Raises:
        NotFound: no such attempt at a bank account. Invalid: the line cannot be. Conflict: another line waits to be
            confirmed, this one was recorded before, or nothing is to be sent.
    """
    _check(line)
    transfer_id = transfer_id or new_id()
    with db.phase("confirm_bank_transfer.record", business_id):
        order, attempt = _lock(attempt_id)
        if payments.bank_transfer(transfer_id) is not None:
            return transfer_id
        direction = "out" if attempt.kind in rules.OUTGOING else "in"
        if direction == "out":
            _check_sent(attempt, line)
        if payments.open_bank_transfer(attempt_id) is not None:
            raise Conflict("transfer_open", "Confirm or reject the earlier recorded transfer first.")
        _write(transfer_id, attempt, line, direction=direction, actor=actor)
        if direction == "in" and order is not None:
            _let_wait(order)
    return transfer_id


def confirm(business_id: uuid.UUID, transfer_id: uuid.UUID, *, actor: str, goes_back: bool = False) -> str:
    """A second person has looked: the money counts now. What came and is not what was waited for (`goes_back`) is
    set apart and put in the queue to be sent back. The transfer's status afterwards.

    Raises:
        NotFound: no such transfer. Denied: it is the person who recorded it. Conflict: it was decided meanwhile, or
            it fits what is waited for and `goes_back` says that it does not (or the other way round).
    """
    with db.phase("confirm_bank_transfer.confirm", business_id):
        transfer, locked = _locked(transfer_id, BankTransferStatus.RECORDED)
        check_second_person(transfer.recorded_by, actor, did="recorded this")
        if fits(transfer, locked[1]) == goes_back:
            raise Conflict("version_conflict", "This has changed in the meantime. Please review it.")
        if goes_back:
            return _take_apart(transfer, locked, actor)
        _decide(transfer, BankTransferStatus.CONFIRMED, "the money was seen", actor)
        _apply(transfer, locked)
    return BankTransferStatus.CONFIRMED


def reject(business_id: uuid.UUID, transfer_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """It was a mistake: whoever recorded it takes it back, or a second person says so. The attempt goes on waiting.

    Raises:
        NotFound: no such transfer. Conflict: it was decided meanwhile.
    """
    with db.phase("confirm_bank_transfer.reject", business_id):
        transfer, _ = _locked(transfer_id, BankTransferStatus.RECORDED)
        _decide(transfer, BankTransferStatus.REJECTED, reason or "rejected", actor)


def send_back(
    business_id: uuid.UUID, transfer_id: uuid.UUID, *, bank_reference: str, sent_on: date, actor: str
) -> None:
    """Say that money which fits nothing was sent back.

    Raises:
        NotFound: no such transfer. Invalid: the reference or the day cannot be. Conflict: it is not to be sent back.
    """
    _check_written(bank_reference, sent_on)
    with db.phase("confirm_bank_transfer.send_back", business_id):
        transfer, _ = _locked(transfer_id, BankTransferStatus.RETURNING)
        states.advance(
            BANK_TRANSFER,
            transfer,
            BankTransferStatus.SENT_BACK,
            reason="sent back",
            actor=actor,
            return_reference=bank_reference,
            returned_on=sent_on,
            returned_by=actor,
        )


def confirm_sent_back(business_id: uuid.UUID, transfer_id: uuid.UUID, *, actor: str, is_gone: bool = True) -> None:
    """A second person has seen the money leave, or (not `is_gone`) has not: then it is to be sent back still.

    Raises:
        NotFound: no such transfer. Denied: it is the person who sent it. Conflict: it was decided meanwhile.
    """
    with db.phase("confirm_bank_transfer.confirm_sent_back", business_id):
        transfer, (_, attempt) = _locked(transfer_id, BankTransferStatus.SENT_BACK)
        if not is_gone:
            states.advance(BANK_TRANSFER, transfer, BankTransferStatus.RETURNING, reason="not sent", actor=actor)
            return
        check_second_person(some(transfer.returned_by), actor, did="recorded this")
        ledger.post_now(postings.transfer_returned(transfer, attempt.order_id))
        reason = "seen leaving the account"
        states.advance(
            BANK_TRANSFER, transfer, BankTransferStatus.RETURNED, reason=reason, actor=actor, return_decided_by=actor
        )
        cases.resolve_case("wrong_transfer", transfer.id, reason="sent back")


def abandon(business_id: uuid.UUID, attempt_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Money that was to be sent cannot be: its refund has failed, which opens a case.

    Raises:
        NotFound: no such attempt at a bank account. Conflict: it is decided, or waits to be confirmed as sent.
    """
    with db.phase("confirm_bank_transfer.abandon", business_id):
        locked = _lock(attempt_id)
        _, attempt = locked
        if attempt.kind not in rules.OUTGOING or attempt.status not in UNDECIDED:
            raise Conflict("version_conflict", "There is nothing left to send.")
        if payments.open_bank_transfer(attempt_id) is not None:
            raise Conflict("transfer_open", "It is already marked as sent. Confirm or reject that first.")
        message = f"abandoned by {actor}: {reason}" if reason else f"abandoned by {actor}"
        outcome = Outcome(status="failed", decline_code="abandoned", message=message)
        apply_result.apply(locked, outcome, source="manual")


def fits(transfer: BankTransfer, attempt: FullAttempt) -> bool:
    """Whether the transfer is what the attempt waits for; a second one for what is paid already is not."""
    same = (transfer.amount_minor, transfer.currency) == (attempt.amount_minor, attempt.currency)
    return bool(same and attempt.status != AttemptStatus.SUCCEEDED)


def _lock(attempt_id: uuid.UUID) -> Locked:
    locked = apply_result.lock(attempt_id)
    if not registry.channel(locked[1].channel).capabilities.is_manual or locked[1].kind in rules.PAID_OUT:
        raise NotFound("not_found", "There is no such transfer.")
    return locked


def _locked(transfer_id: uuid.UUID, status: str) -> tuple[BankTransfer, Locked]:
    """The transfer as it is under the lock of its order, if it still stands where the caller saw it."""
    seen = payments.bank_transfer(transfer_id)
    if seen is None:
        raise NotFound("not_found", "There is no such transfer.")
    locked = _lock(seen.attempt_id)
    transfer = payments.bank_transfer(transfer_id)
    assert transfer is not None
    if transfer.status != status:
        raise Conflict("version_conflict", "This was decided in the meantime. Please review it.")
    return transfer, locked


def _check(line: Line) -> None:
    if not 0 < line.amount_minor <= MAX_MINOR:
        raise Invalid("invalid_amount", "Enter the amount shown by the bank.", details={"param": "amount_minor"})
    _check_written(line.bank_reference, line.booked_on)
    if len(line.counterparty) > MAX_TEXT_LENGTH:
        raise Invalid("too_long", "This text is too long.", details={"param": "counterparty"})


def _check_written(bank_reference: str, day: date) -> None:
    if not 0 < len(bank_reference) <= MAX_TEXT_LENGTH:
        raise Invalid(
            "invalid_reference", "Enter the bank reference of this line.", details={"param": "bank_reference"}
        )
    today = clock.now().date()
    if not today - timedelta(days=3650) <= day <= today + timedelta(days=1):
        raise Invalid("invalid_date", "Enter the booking date.", details={"param": "booked_on"})


def _check_sent(attempt: FullAttempt, line: Line) -> None:
    if attempt.status not in UNDECIDED:
        raise Conflict("version_conflict", "There is nothing left to send.")
    if line.amount_minor != attempt.amount_minor:
        raise Invalid("wrong_amount", "Send exactly the expected amount.", details={"param": "amount_minor"})


def _write(transfer_id: uuid.UUID, attempt: FullAttempt, line: Line, *, direction: str, actor: str) -> None:
    row = db.new_row(
        BankTransfer,
        id=transfer_id,
        attempt_id=attempt.id,
        channel_account_id=attempt.channel_account_id,
        direction=direction,
        amount_minor=line.amount_minor,
        currency=attempt.currency,
        bank_reference=line.bank_reference,
        booked_on=line.booked_on,
        counterparty=line.counterparty,
        recorded_by=actor,
    )
    taken = Conflict("bank_reference_used", "This bank statement line was already recorded.")
    db.write(row.on_conflict_do_nothing(), expect=1, otherwise=taken)
    states.born(BANK_TRANSFER, transfer_id, reason="recorded", actor=actor)


def _let_wait(order: Order) -> None:
    """The second person may come after the weekend: what was paid in time is not closed meanwhile."""
    until = clock.now() + rules.TIME_TO_CONFIRM
    if order.status in PAYABLE and order.expires_at < until:
        db.write(db.change(Order, order.id, expires_at=until), expect=1)
        stock.extend(order.id, until)
        remote_reservations.extend(order, until)


def _decide(transfer: BankTransfer, to: str, reason: str, actor: str) -> None:
    states.advance(BANK_TRANSFER, transfer, to, reason=reason, actor=actor, decided_by=actor, decided_at=clock.now())


def _apply(transfer: BankTransfer, locked: Locked) -> None:
    amount = Money(transfer.amount_minor, transfer.currency)
    outcome = Outcome(status="succeeded", amount=amount, message="two people saw it on the bank account")
    apply_result.apply(locked, outcome, source="manual")


def _take_apart(transfer: BankTransfer, locked: Locked, actor: str) -> str:
    _, attempt = locked
    _decide(transfer, BankTransferStatus.RETURNING, "not what was waited for", actor)
    ledger.post_now(postings.transfer_unapplied(transfer, attempt.order_id))
    values = {"minor": transfer.amount_minor, "currency": transfer.currency, "reference": transfer.bank_reference}
    ours = {"minor": attempt.amount_minor, "currency": attempt.currency, "status": attempt.status}
    details = {"came": values, "waited_for": ours}
    money = Money(transfer.amount_minor, transfer.currency)
    cases.open_case("wrong_transfer", subject_id=transfer.id, order_id=attempt.order_id, details=details, money=money)
    return BankTransferStatus.RETURNING
