"""Telling a company of a withdrawal or payout that is committed, and recording what it says."""

from __future__ import annotations

import uuid

from app.core import db, settings
from app.core.errors import NotFound
from app.core.ids import show
from app.core.money import Money
from app.core.process import crash
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels.types import PayoutChannel, PayoutRequest, Settings
from app.domain.payments.states import AttemptStatus
from app.workflow.payments import record_result
from app.workflow.steps.payments import apply_result, channel_access

# A committed payout and how to tell the company of it.
PayoutCall = tuple[PayoutChannel, Settings, PayoutRequest]


def resume(business_id: uuid.UUID, attempt_id: uuid.UUID) -> None:
    """Tell the company (again) of a payout that it says it never heard of: the process died before the call. Our id
    makes it the same payout.

    Raises:
        NotFound: there is no such attempt, or it was told and answered already.
    """
    with db.phase("send_payout.resume", business_id):
        _, attempt = apply_result.lock(attempt_id)
        call = request_of(attempt)
    if call is None:
        raise NotFound("not_found", "This payout was already sent.")
    send(business_id, attempt_id, *call)


def request_of(attempt: FullAttempt) -> PayoutCall | None:
    """What to tell the company, in the open phase; None when it was told and has answered."""
    if attempt.status not in (AttemptStatus.READY, AttemptStatus.UNKNOWN):
        return None
    account = channel_access.of_attempt(attempt)
    channel = account.channel
    assert isinstance(channel, PayoutChannel)  # chosen for it
    public_url = settings.current().public_url
    request = PayoutRequest(
        attempt_ref=show("att", attempt.id),
        amount=Money(attempt.amount_minor, attempt.currency),
        payee_account=attempt.payee["account"],
        payee_name=attempt.payee["name"],
        reason=attempt.transaction_reason or attempt.kind,
        notify_url=f"{public_url}/callbacks/{channel.name}/{show('cha', account.id)}",
    )
    return channel, account.settings, request


def send(
    business_id: uuid.UUID, attempt_id: uuid.UUID, channel: PayoutChannel, known: Settings, request: PayoutRequest
) -> None:
    """Tell the company, outside any transaction, and record what it says."""
    outcome = channel.pay_out(known, request)
    crash.point("send_payout.call.after")
    record_result.record(business_id, attempt_id, outcome, source="answer")
