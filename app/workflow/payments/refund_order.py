"""Giving money back: in part or in full, as often as there is something left, in the three steps of paying."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from app.core import db, settings, states
from app.core.errors import AppError, NotFound
from app.core.ids import named, new_id, show
from app.core.money import Money
from app.core.process import crash
from app.domain.ledger import service as ledger
from app.domain.orders.models import Order
from app.domain.orders.states import ORDER, OrderStatus
from app.domain.payments import requests, rules
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt, PaidAttempt
from app.domain.payments.channels.types import Outcome, RefundRequest, Status
from app.domain.payments.errors import Unsupported
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.states import AttemptStatus
from app.domain.payments.types import LinePart, RefundLineCommand
from app.domain.risk.errors import RefundBlocked
from app.domain.risk.types import Result
from app.lib.some import some
from app.workflow.payments import operator_movements, record_result
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.request_approval import MovementCommand
from app.workflow.steps.ledger import postings
from app.workflow.steps.orders import refund_lines
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.payments import apply_result, channel_access, wallet_portion
from app.workflow.steps.payments.channel_access import OpenAccount
from app.workflow.steps.payments.divide_refund import check_refundable, check_undisputed, divide_refund, left_of
from app.workflow.steps.payments.refund_rules import check_refund
from app.workflow.steps.payments.wallet_refund import has_wallet
from app.workflow.steps.risk.decide_refund import RefundCommand, decide_refund


def refund_order(
    business_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    amount_minor: int | None,
    lines: Sequence[RefundLineCommand] = (),
    part_id: uuid.UUID | None = None,
    reason: str,
    actor: str,
    transaction_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Refund `lines` of the order, or what is left of a part of it, or else `amount_minor` of it, or all that is left;
    the refund's transaction id.
    The same `transaction_id` again goes on where the first call stopped. Of an order that was paid from two sources,
    what came from outside goes back first; a refund that needs both is two transactions, the second `split_of`
    the first. Rules may send all of it to the buyer's wallet instead.

    Raises:
        NotFound: no such order, or no such line or part of it.
        Invalid: no amount above zero, a line named twice, or a reason that the business does not have.
        NotRefundable: more than is left of the order or of a line, or nothing is; the refund window is over.
        ApprovalNeeded: so much, or what rules hold, needs somebody else, who was asked. ApprovalRefused: they said no.
        RefundBlocked: rules refuse it.
    """
    transaction_id, held_back = transaction_id or new_id(), None
    elsewhere = operator_movements.elsewhere(business_id, "refund", actor)
    with db.phase("refund_order.reserve", business_id):
        order = lock_order(order_id)
        known = payments.attempt_of(transaction_id)
        if known is not None:
            parts = [known, *payments.attempts_split_of(transaction_id, order_id=order_id)]
        else:
            sources = payments.paid_attempts(order_id)
            check_refundable(order, sources)
            check_undisputed(order_id)
            check_refund(order, transaction_id, reason=reason, actor=actor)
            if part_id is not None:
                lines = refund_lines.rest_of_part(order_id, part_id)
            money, chosen = divide_refund(order, sources, lines=lines, amount_minor=amount_minor)
            about: dict[str, Any] = {"actor": actor, "reason": reason}
            command = RefundCommand(refund_id=transaction_id, money=money, **about)
            result = decide_refund(order, command, has_wallet)
            elsewhere_minor = elsewhere.get(order.currency, 0)
            held_back = _held_back(order, command, result, lines=lines, elsewhere_minor=elsewhere_minor)
            about["to_wallet"] = result == Result.WALLET_ONLY
            parts = [] if held_back else _reserve_parts(order, sources, chosen, transaction_id, **about)
        calls = [(part.id, request) for part in parts if (request := _request(part, reason)) is not None]
        if known is None and actor != "system":
            for _, (account, request_of) in calls:
                requests.validate(account.channel, account.settings, request_of)  # undoes the phase
    if held_back is not None:
        raise held_back
    for attempt_id, request in calls:
        _call(business_id, attempt_id, *request, is_untold=known is None)
    return transaction_id


def refund_surplus(business_id: uuid.UUID, charge_attempt_id: uuid.UUID) -> None:
    """Send back money that came for an order which did not wait for it. Safe to call again."""
    transaction_id = named(charge_attempt_id, "surplus refund")
    with db.phase("refund_order.reserve_surplus", business_id):
        order, charge = apply_result.lock(charge_attempt_id)
        assert order is not None  # a surplus is an order's
        known = payments.attempt_of(transaction_id)
        is_untold = known is None
        if known is None:
            money = Money(charge.amount_minor, charge.currency)
            known = _reserve(order, charge, money, transaction_id, reason="payment came too late", actor="system")
        call = _request(known, "payment came too late")
    if call is not None:
        _call(business_id, known.id, *call, is_untold=is_untold)


def _held_back(
    order: Order, command: RefundCommand, result: Result, *, lines: Sequence[RefundLineCommand], elsewhere_minor: int
) -> AppError | None:
    """What to raise once the phase is committed, instead of refunding: rules refuse it, or somebody else decides."""
    if result == Result.BLOCK:
        return RefundBlocked()
    return request_approval.hold_back(
        MovementCommand("refund", command.money, order.buyer_reference, command.actor, elsewhere_minor),
        command.refund_id,
        payload={"lines": [_as_json(line) for line in lines]},
        subject_id=order.id,
        reason=command.reason,
        is_required=result == Result.APPROVAL,
    )


def _as_json(line: RefundLineCommand) -> dict[str, Any]:
    return {"line_id": str(line.line_id), "quantity": line.quantity, "amount_minor": line.amount_minor}


def _reserve_parts(
    order: Order,
    sources: Sequence[PaidAttempt],
    chosen: Sequence[LinePart],
    transaction_id: uuid.UUID,
    *,
    reason: str,
    actor: str,
    to_wallet: bool,
) -> list[FullAttempt]:
    """One refund for each source that gives something back; `to_wallet`, to the buyer's wallet whatever the source."""
    reserved: list[FullAttempt] = []
    for source, parts in zip(sources, rules.from_sources(chosen, left_of(sources)), strict=True):
        if parts:
            refund = _reserve(
                order,
                source,
                Money(sum(part.amount_minor for part in parts), order.currency),
                new_id() if reserved else transaction_id,
                reason=reason,
                actor=actor,
                parts=parts,
                split_of=transaction_id if reserved else None,
                to_wallet=to_wallet,
            )
            reserved.append(refund)
    return reserved


def _reserve(
    order: Order,
    charge: PaymentAttempt,
    money: Money,
    transaction_id: uuid.UUID,
    *,
    reason: str,
    actor: str,
    parts: Sequence[LinePart] = (),
    split_of: uuid.UUID | None = None,
    to_wallet: bool = False,
) -> FullAttempt:
    """Without `parts` it is money that was never the order's, and belongs to none of its lines."""
    attempt_id = new_id()
    payments.add_transaction(
        "refund",
        order_id=order.id,
        amount=money,
        actor=actor,
        reason=reason,
        parts=refund_lines.by_seller(parts) if parts else wallet_portion.spread(money, wallet_portion.parts_of(order)),
        charge_attempt_id=charge.id,
        split_of=split_of,
        transaction_id=transaction_id,
    )
    payments.add_refund_lines(transaction_id, parts, currency=money.currency)
    journal_id = ledger.pend(postings.refund(order, charge, money, attempt_id, to_wallet=to_wallet))
    # Decided when wallets were on, it is kept when they are not any more.
    wallet = channel_access.wallet_account(must_be_enabled=False) if to_wallet else None
    account = wallet or some(payments.account(charge.channel_account_id))
    payments.add_attempt(
        attempt_id,
        "refund",
        transaction_id=transaction_id,
        account=account,
        scene="wallet" if to_wallet else charge.scene,
        amount=money,
        journal_id=journal_id,
        next_poll_at=channel_access.first_poll(account.channel, "refund"),
        applied=charge.applied,
    )
    if charge.applied and order.status != OrderStatus.REFUNDING:
        rest = order.paid_minor - order.refunded_minor - payments.in_flight_minor(order.id)
        if rest == 0:
            states.advance(ORDER, order, OrderStatus.REFUNDING, reason=reason or "refund", actor=actor)
    reserved = payments.attempt(attempt_id)
    assert reserved is not None
    return reserved


def _request(attempt: FullAttempt, reason: str) -> tuple[OpenAccount, RefundRequest] | None:
    if attempt.status not in (AttemptStatus.READY, AttemptStatus.UNKNOWN):
        return None
    account = channel_access.of_attempt(attempt)
    charge = payments.attempt(some(attempt.charge_attempt_id))
    assert charge is not None  # the foreign key holds it
    public_url = settings.current().public_url
    return account, RefundRequest(
        attempt_ref=show("att", attempt.id),
        charge_ref=show("att", charge.id),
        charge_amount=Money(charge.amount_minor, charge.currency),
        amount=Money(attempt.amount_minor, attempt.currency),
        reason=reason,
        notify_url=f"{public_url}/callbacks/{account.channel.name}/{show('cha', account.id)}",
    )


def _call(
    business_id: uuid.UUID, attempt_id: uuid.UUID, account: OpenAccount, request: RefundRequest, *, is_untold: bool
) -> None:
    """`is_untold`: the company has certainly not heard of it before."""
    try:
        requests.validate(account.channel, account.settings, request)
        outcome = account.channel.refund(account.settings, request)
    except Unsupported as error:
        # Nobody waits for an answer who could try otherwise: it has failed, which opens a case.
        status: Status = "failed" if is_untold else "unsent"
        outcome = Outcome(status=status, decline_code=error.code, message=error.message)
    crash.point("refund_order.call.after")
    record_result.record(business_id, attempt_id, outcome, source="answer")


def resume_refund(business_id: uuid.UUID, attempt_id: uuid.UUID) -> None:
    """Tell the company again of a refund that it says it never heard of: the process died before the call."""
    with db.phase("refund_order.resume", business_id):
        _, attempt = apply_result.lock(attempt_id)
        call = _request(attempt, attempt.transaction_reason)
    if call is None:
        raise NotFound("not_found", "This refund was already sent.")
    _call(business_id, attempt_id, *call, is_untold=True)
