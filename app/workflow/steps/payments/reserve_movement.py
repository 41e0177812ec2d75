"""The first step of every movement without an order: the intent is written and its money is held in the ledger."""

from __future__ import annotations

import uuid
from datetime import date

from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import MAX_MINOR, Money, exponent
from app.domain.buyers.queries import current_reference
from app.domain.ledger import service as ledger
from app.domain.payments import service as payments
from app.domain.payments.attempt_rows import FullAttempt
from app.domain.payments.models import ChannelAccount
from app.domain.payments.types import Payee
from app.domain.settlement.partners.models import Partner
from app.workflow.steps.ledger import postings
from app.workflow.steps.payments import channel_access


def check_amount(money: Money) -> None:
    """Refuse what no movement can be.

    Raises:
        Invalid: no currency, or no amount above zero.
    """
    exponent(money.currency)
    if not 0 < money.minor <= MAX_MINOR:
        raise Invalid("invalid_amount", "The amount must be greater than zero.", details={"param": "amount_minor"})


def reserve(
    kind: str,
    money: Money,
    account: ChannelAccount,
    transaction_id: uuid.UUID,
    *,
    actor: str,
    buyer: str | None = None,
    counter: str | None = None,
    payee: Payee | None = None,
    partner: Partner | None = None,
    reason: str = "",
    limit_day: date | None = None,
) -> FullAttempt:
    """In the caller's phase: a transaction of this kind and its one attempt at the account; the attempt. `limit_day`
    is the account's, of what brings it money. With `partner`, a payout is of what that one is owed.

    Raises:
        Invalid: payer and recipient were merged. InsufficientFunds: the money is to be taken where there is not enough.
    """
    attempt_id = new_id()
    buyer, counter = buyer and current_reference(buyer), counter and current_reference(counter)
    if buyer is not None and buyer == counter:
        raise Invalid("same_wallet", "Payer and recipient are the same.", details={"param": "counter_reference"})
    payments.add_transaction(
        kind,
        amount=money,
        actor=actor,
        reason=reason,
        buyer_reference=buyer,
        counter_reference=counter,
        payee=payee,
        partner_id=partner.id if partner else None,
        transaction_id=transaction_id,
    )
    if partner is not None:
        posting = postings.partner_payout(money, attempt_id, account=account, partner=partner)
    else:
        posting = postings.movement(kind, money, attempt_id, account=account, buyer=buyer or "", counter=counter)
    payments.add_attempt(
        attempt_id,
        kind,
        transaction_id=transaction_id,
        account=account,
        scene="web",
        amount=money,
        journal_id=ledger.pend(posting),
        next_poll_at=channel_access.first_poll(account.channel, kind),
        limit_day=limit_day,
    )
    reserved = payments.attempt(attempt_id)
    assert reserved is not None
    return reserved
