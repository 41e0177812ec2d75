"""What follows when a movement without an order (top-up, withdrawal, transfer, payout) is decided."""

from __future__ import annotations

from app.core import clock, outbox, states
from app.core.money import Money
from app.core.states import RowState
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import InsufficientFunds
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.states import DECIDED, TRANSACTION, UNSUCCESSFUL, TransactionStatus
from app.domain.reconciliation import service as cases
from app.lib.some import some
from app.workflow.steps.ledger import postings
from app.workflow.steps.settlement import follow_payout
from app.workflow.steps.wallets import give_credit


def finalise(attempt: FullAttempt, to: str) -> None:
    """In the caller's phase, with the transaction locked; `attempt` as it was before it became `to`."""
    if to not in DECIDED:
        return
    if attempt.status in UNSUCCESSFUL:
        _post_late(attempt)
    elif to == TransactionStatus.SUCCEEDED:
        ledger.post(attempt.journal_id)
    else:
        ledger.void(attempt.journal_id)
    if to == TransactionStatus.SUCCEEDED and attempt.kind == "top_up":
        give_credit.collect(some(attempt.buyer_reference), attempt.currency, subject_id=attempt.transaction_id)
    transaction = RowState(attempt.transaction_id, attempt.transaction_status, attempt.transaction_version)
    states.advance(
        TRANSACTION,
        transaction,
        to,
        reason=attempt.kind,
        actor="system",
        aggregate_id=attempt.transaction_id,
        decided_at=clock.now(),
    )
    if attempt.partner_id is not None:
        follow_payout.decided(attempt.transaction_id, to)
    payload = {
        "transaction_id": str(attempt.transaction_id),
        "amount_minor": attempt.amount_minor,
        "currency": attempt.currency,
    }
    if to == TransactionStatus.SUCCEEDED:
        outbox.emit(f"{attempt.kind}.succeeded", aggregate_id=attempt.transaction_id, payload=payload)
    elif to == TransactionStatus.FAILED:
        outbox.emit(f"{attempt.kind}.failed", aggregate_id=attempt.transaction_id, payload=payload)


def _post_late(attempt: FullAttempt) -> None:
    """The company said no first and yes later: the money moved, so it is posted, and people look at it."""
    uncovered = False
    if attempt.kind == "withdrawal":
        # It was back in the wallet meanwhile and may be spent; a wallet never goes below zero.
        try:
            ledger.post_now(postings.late_withdrawal(attempt, covered=True))
        except InsufficientFunds:
            ledger.post_now(postings.late_withdrawal(attempt, covered=False))
            uncovered = True
    else:
        ledger.post_after_void(attempt.journal_id)
    details = {"kind": attempt.kind, "uncovered": uncovered}
    money = Money(attempt.amount_minor, attempt.currency)
    cases.open_case("late_movement", subject_id=attempt.id, order_id=None, details=details, money=money)
