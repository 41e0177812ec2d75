"""Polling payment companies for what is undecided, by our own id, until it is decided."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select

from app.core import clock, context, db
from app.core.ids import show
from app.core.money import Money
from app.domain.orders.states import PAYABLE
from app.domain.payments import rules
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import PayoutChannel
from app.domain.payments.models import PAYING_KINDS, ChannelExchange, PaymentAttempt
from app.domain.payments.states import AttemptStatus
from app.domain.reconciliation import service as cases
from app.lib.some import some
from app.workflow.payments import close_attempts, pay_order, record_result, refund_order, send_payout
from app.workflow.steps.operations import due
from app.workflow.steps.payments import apply_result, channel_access
from app.workflow.steps.payments.channel_access import OpenAccount

BATCH = 200


def poll_due() -> int:
    """Ask about every undecided attempt whose time has come; how many were asked. A company that hangs holds up the
    questions to its own account only. Safe to run twice at once: the moment of the next question is moved before the
    question."""
    return due.process_by_partition(_due, poll_attempt)


def poll_attempt(business_id: uuid.UUID, attempt_id: uuid.UUID, *, force: bool = False) -> bool:
    """Ask the company about one attempt and record the answer; False when it was not its time (or it is decided)."""
    claimed = _claim(business_id, attempt_id, force=force)
    if claimed is None:
        return False
    attempt, account, order_waits = claimed
    ref = show("att", attempt_id)
    if attempt.order_id is not None:
        context.bind(order_id=show("ord", attempt.order_id))
    if attempt.kind == "refund":
        charge_ref = show("att", some(attempt.charge_attempt_id))
        outcome = account.channel.query_refund(account.settings, ref, charge_ref)
        if outcome.status == "absent" and attempt.status != AttemptStatus.PENDING:
            refund_order.resume_refund(business_id, attempt_id)
            return True
    elif attempt.kind in rules.PAID_OUT and isinstance(account.channel, PayoutChannel):
        outcome = account.channel.query_pay_out(account.settings, ref)
        if outcome.status == "absent" and attempt.status != AttemptStatus.PENDING:
            send_payout.resume(business_id, attempt_id)
            return True
    else:
        outcome = account.channel.query_payment(account.settings, ref)
    if account.channel.capabilities.is_internal:
        # The amount is in our own ledger; the channel has nowhere else to know it from.
        outcome = replace(outcome, amount=Money(attempt.amount_minor, attempt.currency))
    record_result.record(business_id, attempt_id, outcome, source="query")
    if attempt.kind in PAYING_KINDS and outcome.status == "pending":
        if not order_waits:
            # Nobody wants it any more, and closing it failed, or another attempt was faster.
            close_attempts.close_attempts(business_id, some(attempt.order_id))
        elif attempt.kind == "charge" and attempt.action is None:
            pay_order.resubmit(business_id, attempt_id)
    return True


def _claim(
    business_id: uuid.UUID, attempt_id: uuid.UUID, *, force: bool
) -> tuple[FullAttempt, OpenAccount, bool] | None:
    """The attempt, where to ask, and whether its order waits to be paid."""
    moment = clock.now()
    with db.phase("poll_undecided.claim", business_id):
        order, attempt = apply_result.lock(attempt_id)
        if attempt.next_poll_at is None or (attempt.next_poll_at > moment and not force):
            return None
        can = registry.capabilities(attempt.channel)
        about: dict[str, Any] = {"moment": moment, "since": attempt.created_at}
        if rules.is_for_people(can, attempt.kind, **about):
            # Once, and before anything that can go wrong: silence is what this is against.
            details = {"kind": attempt.kind, "channel": attempt.channel, "status": attempt.status}
            money = Money(attempt.amount_minor, attempt.currency)
            cases.open_case(
                "undecided_long", subject_id=attempt_id, order_id=attempt.order_id, details=details, money=money
            )
        poll_count = attempt.poll_count + 1
        next_poll_at = rules.next_poll(can, attempt.kind, status=attempt.status, poll_count=poll_count, **about)
        db.write(db.change(PaymentAttempt, attempt_id, poll_count=poll_count, next_poll_at=next_poll_at), expect=1)
        order_waits = order is not None and order.status in PAYABLE
    with db.reading(business_id):
        return attempt, channel_access.of_attempt(attempt), order_waits


def _began_by() -> ColumnElement[uuid.UUID | None]:
    """The request that began an attempt, as column `request_id`: what its first exchange says."""
    table, attempts = db.table(ChannelExchange), payments.attempts
    its = table.c.business_id == attempts.c.business_id, table.c.attempt_id == attempts.c.id
    first = select(table.c.request_id).where(*its).order_by(table.c.id).limit(1)
    return first.scalar_subquery().label("request_id")


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By the account to be asked, without those that are busy: they may have more that is due than one batch."""
    table = payments.attempts
    with db.system_reading():
        rows = db.rows(
            select(table.c.business_id, table.c.id, table.c.channel_account_id, _began_by())
            .where(table.c.next_poll_at <= clock.now(), table.c.channel_account_id.not_in(busy.partitions))
            .where(table.c.business_id.not_in(busy.full))
            .order_by(table.c.next_poll_at)
            .limit(BATCH)
        )
        return [(row.channel_account_id, (row.business_id, row.id, row.request_id)) for row in rows]
