"""Asking companies again about payouts that succeeded: a bank may send money back days later, and the notice of it may
be lost, or come before the one that says it arrived."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db
from app.core.ids import show
from app.core.process import crash
from app.domain.payments import rules
from app.domain.payments import service as payments
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import PayoutChannel
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.states import TransactionStatus
from app.lib.some import some
from app.workflow.payments import record_result
from app.workflow.steps.operations import due
from app.workflow.steps.payments import apply_result, channel_access
from app.workflow.steps.payments.channel_access import OpenAccount

BATCH = 200


def recheck_due() -> int:
    """Ask about every payout whose time has come; how many were asked. Safe to run twice at once: the moment of the
    next question is moved before the question."""
    return due.process_by_partition(_due, recheck)


def recheck(business_id: uuid.UUID, attempt_id: uuid.UUID) -> bool:
    """Ask the company whether the payout is still with its payee; False when it was not its time. What came back is put
    back where it came from, once."""
    account = _claim(business_id, attempt_id)
    if account is None:
        return False
    assert isinstance(account.channel, PayoutChannel)  # others have no time
    outcome = account.channel.query_pay_out(account.settings, show("att", attempt_id))
    crash.point("recheck_payouts.call.after")
    record_result.record(business_id, attempt_id, outcome, source="query")
    return True


def _claim(business_id: uuid.UUID, attempt_id: uuid.UUID) -> OpenAccount | None:
    """Where to ask, with the moment of the next question set."""
    moment = clock.now()
    with db.phase("recheck_payouts.claim", business_id):
        _, attempt = apply_result.lock(attempt_id)
        if attempt.recheck_at is None or attempt.recheck_at > moment:
            return None
        is_back = attempt.transaction_status != TransactionStatus.SUCCEEDED
        later = rules.next_recheck(
            registry.capabilities(attempt.channel), attempt.kind, decided_at=some(attempt.decided_at), moment=moment
        )
        db.write(db.change(PaymentAttempt, attempt_id, recheck_at=None if is_back else later), expect=1)
        return None if is_back else channel_access.of_attempt(attempt)


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By the account to be asked, without those that are busy."""
    table = payments.attempts
    with db.system_reading():
        rows = db.rows(
            select(table.c.business_id, table.c.id, table.c.channel_account_id)
            .where(table.c.recheck_at <= clock.now(), table.c.channel_account_id.not_in(busy.partitions))
            .where(table.c.business_id.not_in(busy.full))
            .order_by(table.c.recheck_at)
            .limit(BATCH)
        )
        return [(row.channel_account_id, (row.business_id, row.id)) for row in rows]
