"""Money into wallets and between them: topping up from outside or as the merchant's gift, and transfers."""

from __future__ import annotations

import uuid

from app.core import db, settings
from app.core.errors import Invalid
from app.core.ids import new_id, show
from app.core.money import Money, exponent
from app.core.process import crash
from app.domain.ledger import service as ledger
from app.domain.ledger.service import Balance
from app.domain.payments import requests, rules
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.channels.types import Outcome, PayRequest
from app.domain.payments.states import AttemptStatus
from app.workflow.payments import operator_movements, record_result
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.request_approval import MovementCommand
from app.workflow.steps.payments import apply_result, channel_access, choose_route
from app.workflow.steps.payments.reserve_movement import check_amount, reserve


def top_up(
    business_id: uuid.UUID,
    *,
    buyer: str,
    money: Money,
    channel: str | None = None,
    actor: str,
    reason: str = "",
    return_url: str | None = None,
    transaction_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Bring money into the buyer's wallet through an outside channel; the transaction's id. The same
    `transaction_id` again goes on where the first call stopped.

    Raises:
        Invalid: no amount above zero. NoChannel: none can take it. Unsupported: it cannot be put to the company.
    """
    check_amount(money)
    transaction_id = transaction_id or new_id()
    with db.phase("move_money.reserve_top_up", business_id):
        known = payments.attempt_of(transaction_id)
        is_first = known is None
        if known is None:
            choice = choose_route.choose(money, requested_channel=channel, exclude_wallet=True, seed=transaction_id)
            known = reserve(
                "top_up",
                money,
                choice.account,
                transaction_id,
                limit_day=choice.account.limit_day,
                buyer=buyer,
                actor=actor,
                reason=reason,
            )
            choose_route.keep(choice, known.id)
        ready = channel_access.of_attempt(known) if known.status == AttemptStatus.READY else None
        call = _request(known, ready.channel.name, return_url) if ready is not None else None
        if ready is not None and call is not None and is_first:
            requests.validate(ready.channel, ready.settings, call)  # undoes the phase
    if ready is not None and call is not None:
        outcome = ready.channel.start_payment(ready.settings, call)
        crash.point("move_money.call.after")
        if is_first:
            outcome = rules.as_not_begun(outcome)
        record_result.record(business_id, known.id, outcome, source="answer")
    return transaction_id


def grant(
    business_id: uuid.UUID,
    *,
    buyer: str,
    money: Money,
    actor: str,
    reason: str,
    transaction_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Give the buyer money of the merchant's own: a top-up that nobody outside pays; the transaction's id. The same
    `transaction_id` again changes nothing.

    Raises:
        Invalid: no amount above zero. NoChannel: this business keeps no wallets.
        ApprovalNeeded: so much needs somebody else, who was asked. ApprovalRefused: they said no.
    """
    check_amount(money)
    transaction_id, held_back = transaction_id or new_id(), None
    elsewhere = operator_movements.elsewhere(business_id, "top_up", actor)
    with db.phase("move_money.grant", business_id):
        if payments.attempt_of(transaction_id) is None:
            account = channel_access.wallet_account(currency=money.currency)
            movement = MovementCommand("top_up", money, buyer, actor, elsewhere.get(money.currency, 0))
            held_back = request_approval.hold_back(movement, transaction_id, payload={"counter": buyer}, reason=reason)
            if held_back is None:
                given = reserve(
                    "top_up",
                    money,
                    account,
                    transaction_id,
                    limit_day=account.limit_day,
                    buyer=buyer,
                    actor=actor,
                    reason=reason,
                )
                _done_here(given)
    if held_back is not None:
        raise held_back
    return transaction_id


def transfer(
    business_id: uuid.UUID,
    *,
    payer: str,
    recipient: str,
    money: Money,
    actor: str,
    reason: str = "",
    transaction_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Move money from one buyer's wallet to another's; the transaction's id. The same `transaction_id` again
    changes nothing.

    Raises:
        Invalid: no amount above zero, or payer and recipient are one. InsufficientFunds: the payer has less available.
        ApprovalNeeded: so much needs somebody else, who was asked. ApprovalRefused: they said no.
    """
    check_amount(money)
    if payer == recipient:
        raise Invalid("same_wallet", "Payer and recipient are the same.", details={"param": "counter_reference"})
    transaction_id, held_back = transaction_id or new_id(), None
    elsewhere = operator_movements.elsewhere(business_id, "transfer", actor)
    with db.phase("move_money.transfer", business_id):
        if payments.attempt_of(transaction_id) is None:
            account = channel_access.wallet_account()
            movement = MovementCommand("transfer", money, recipient, actor, elsewhere.get(money.currency, 0))
            payload = {"buyer": payer, "counter": recipient}
            held_back = request_approval.hold_back(movement, transaction_id, payload=payload, reason=reason)
            if held_back is None:
                reserved = reserve(
                    "transfer",
                    money,
                    account,
                    transaction_id,
                    actor=actor,
                    reason=reason,
                    buyer=payer,
                    counter=recipient,
                )
                _done_here(reserved)
    if held_back is not None:
        raise held_back
    return transaction_id


def wallet(business_id: uuid.UUID, *, buyer: str, currency: str) -> Balance:
    """What the buyer has, in minor units."""
    exponent(currency)
    with db.reading(business_id):
        return ledger.balance("wallet", owner=buyer, currency=currency)


def _done_here(attempt: FullAttempt) -> None:
    """What is in our own ledger only needs nobody's answer: confirm it in the same phase."""
    money = Money(attempt.amount_minor, attempt.currency)
    outcome = Outcome(status="succeeded", amount=money, channel_ref=f"wallet_{show('att', attempt.id)}")
    apply_result.apply((None, attempt), outcome, source="answer")


def _request(attempt: FullAttempt, channel: str, return_url: str | None) -> PayRequest:
    public_url = settings.current().public_url
    return PayRequest(
        attempt_ref=show("att", attempt.id),
        amount=Money(attempt.amount_minor, attempt.currency),
        scene=attempt.scene,
        subject="Top-up",
        notify_url=f"{public_url}/callbacks/{channel}/{show('cha', attempt.channel_account_id)}",
        return_url=return_url or public_url,
        expires_at=attempt.created_at + rules.TOP_UP_LASTS,
    )
