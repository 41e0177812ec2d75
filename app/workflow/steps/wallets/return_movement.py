"""What follows when money that went out comes back, days later: the payee's bank did not take it."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from app.core import db, outbox, states
from app.core.money import Money
from app.core.states import RowState
from app.domain.ledger import service as ledger
from app.domain.ledger.models import LedgerJournal
from app.domain.ledger.states import JournalState
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels.types import Outcome
from app.domain.payments.states import TRANSACTION, TransactionStatus
from app.domain.reconciliation import service as cases
from app.lib.some import some
from app.workflow.steps.ledger import postings
from app.workflow.steps.settlement import follow_payout

_POSTED = db.prepared(
    select(LedgerJournal.template).where(
        LedgerJournal.business_id == db.HERE,
        LedgerJournal.subject_id == bindparam("attempt"),
        LedgerJournal.state == JournalState.POSTED,
    )
)


def give_back(attempt: FullAttempt, outcome: Outcome) -> None:
    """In the caller's phase, with the transaction locked: put a withdrawal or payout that had succeeded back where it
    came from, once. The transaction is `returned`, its attempt stays `succeeded`; emits `withdrawal.returned` or
    `payout.returned` and opens a case of the same name."""
    if attempt.transaction_status != TransactionStatus.SUCCEEDED:
        return
    posted = some(db.scalar(_POSTED, attempt=attempt.id))
    ledger.post_now(postings.returned(attempt, posted))
    reason = outcome.message or outcome.decline_code or "returned"
    states.advance(
        TRANSACTION,
        RowState(attempt.transaction_id, attempt.transaction_status, attempt.transaction_version),
        TransactionStatus.RETURNED,
        reason=reason,
        actor=f"channel:{attempt.channel}",
    )
    if attempt.partner_id is not None:
        follow_payout.returned(attempt.transaction_id, reason)
    payload = {
        "transaction_id": str(attempt.transaction_id),
        "amount_minor": attempt.amount_minor,
        "currency": attempt.currency,
        "reason": reason,
    }
    outbox.emit(f"{attempt.kind}.returned", aggregate_id=attempt.transaction_id, payload=payload)
    details = {"decline_code": outcome.decline_code, "message": outcome.message}
    money = Money(attempt.amount_minor, attempt.currency)
    cases.open_case(f"{attempt.kind}_returned", subject_id=attempt.id, order_id=None, details=details, money=money)
