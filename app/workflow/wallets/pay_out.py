"""Money that leaves: out of a buyer's wallet (withdrawal) or out of what the merchant is owed (payout), to somebody's
account outside, in the three steps of paying. What the company refuses comes back; what nobody can tell about stays
held until it is known."""

from __future__ import annotations

import uuid

from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.domain.payments import requests
from app.domain.payments import service as payments
from app.domain.payments.types import Payee
from app.workflow.payments import operator_movements
from app.workflow.payments.send_payout import request_of, send
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.request_approval import MovementCommand
from app.workflow.steps.payments.choose_route import choose_payer, keep
from app.workflow.steps.payments.reserve_movement import check_amount, reserve


def withdraw(
    business_id: uuid.UUID,
    *,
    buyer: str,
    money: Money,
    payee: Payee,
    actor: str,
    channel: str | None = None,
    reason: str = "",
    transaction_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Pay money of the buyer's wallet to the payee; the transaction's id. The same `transaction_id` again goes on
    where the first call stopped.

    Raises:
        Invalid: no amount above zero. InsufficientFunds: the wallet has less available. NoChannel: none can pay out.
        ApprovalNeeded: so much needs somebody else, who was asked. ApprovalRefused: they said no.
    """
    return _pay_out(
        business_id,
        "withdrawal",
        money,
        payee,
        transaction_id or new_id(),
        buyer=buyer,
        actor=actor,
        channel=channel,
        reason=reason,
    )


def pay_out(
    business_id: uuid.UUID,
    *,
    money: Money,
    payee: Payee,
    actor: str,
    channel: str | None = None,
    reason: str = "",
    transaction_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Pay what the merchant is owed to the payee, at most what is available in this currency; the transaction's id.
    The same `transaction_id` again goes on where the first call stopped. Raises as `withdraw` does."""
    return _pay_out(
        business_id,
        "payout",
        money,
        payee,
        transaction_id or new_id(),
        buyer=None,
        actor=actor,
        channel=channel,
        reason=reason,
    )


def _pay_out(
    business_id: uuid.UUID,
    kind: str,
    money: Money,
    payee: Payee,
    transaction_id: uuid.UUID,
    *,
    buyer: str | None,
    actor: str,
    channel: str | None,
    reason: str,
) -> uuid.UUID:
    check_amount(money)
    held_back, call = None, None
    elsewhere = operator_movements.elsewhere(business_id, kind, actor)
    with db.phase("pay_out.reserve", business_id):
        known = payments.attempt_of(transaction_id)
        if known is None:
            choice = choose_payer(
                kind, money, payee_account=payee.account, seed=transaction_id, requested_channel=channel
            )
            payload = {"buyer": buyer, "account": payee.account, "name": payee.name, "channel": channel}
            movement = MovementCommand(kind, money, payee.account, actor, elsewhere.get(money.currency, 0))
            held_back = request_approval.hold_back(movement, transaction_id, payload=payload, reason=reason)
            if held_back is None:
                known = reserve(
                    kind, money, choice.account, transaction_id, buyer=buyer, payee=payee, actor=actor, reason=reason
                )
                keep(choice, known.id)
                call = request_of(known)
                assert call is not None  # just made
                requests.validate(*call)  # undoes the phase
        else:
            call = request_of(known)
    if held_back is not None:
        raise held_back
    if call is not None and known is not None:
        send(business_id, known.id, *call)
    return transaction_id
