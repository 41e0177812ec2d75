"""Money that a buyer bought for the wallet. The merchant pays for it: what the buyer paid for it came to the merchant,
and what it is more than that is the merchant's gift, so that never more can be paid out than came in.

Taken back with the refund as far as it is still there. What was spent is lost to the merchant, and people look at it
(`case`), or the buyer owes it (`debt`), and it is collected from the next credit or top-up.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from app.core.ids import show
from app.core.money import Money
from app.domain.fulfilment import grants, rules
from app.domain.fulfilment.models import Grant
from app.domain.fulfilment.types import Deliverable, RevocationLoss
from app.domain.ledger import service as ledger
from app.domain.ledger.service import Posting
from app.lib.some import some


class CreditKind:
    """Wallet money, by the ledger."""

    def deliver(self, deliverable: Deliverable, _moment: datetime) -> str | None:
        """Put the money into the buyer's wallet; what the buyer owes from before is taken out of it at once."""
        if grants.of(deliverable.delivery_id) is not None:
            return None
        money = rules.credit_of(deliverable)
        grants.give(deliverable, amount=money.minor, currency=money.currency)
        if money.minor:
            _post(
                "credit", money, deliverable.delivery_id, deliverable.order_id, credit_owner=deliverable.buyer_reference
            )
            collect(
                deliverable.buyer_reference,
                money.currency,
                subject_id=deliverable.delivery_id,
                order_id=deliverable.order_id,
            )
        return None

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:  # noqa: ARG002 (the other kinds use it)
        """Take out of the wallet what is still available of it."""
        grant = grants.of(delivery_id)
        if grant is None or grant.revoked_at is not None:
            return None
        buyer, currency = grant.buyer_reference, some(grant.currency)
        has = ledger.locked_balance("wallet", owner=buyer, currency=currency)
        back = rules.claw_back(grant.granted, has.available, grant.when_spent)
        if back.clawed_back:
            _of_grant("credit_clawed_back", Money(back.clawed_back, currency), grant, debit_owner=buyer)
        if back.owed:
            _of_grant("credit_owed", Money(back.owed, currency), grant, debit_owner=buyer)
        grants.claw_back(grant, back)
        if not back.written_off:
            return None
        about = {"delivery_id": show("dlv", delivery_id), "amount_minor": back.written_off, "currency": currency}
        return RevocationLoss("credit_spent", about, Money(back.written_off, currency))


def collect(buyer: str, currency: str, *, subject_id: uuid.UUID, order_id: uuid.UUID | None = None) -> None:
    """In the caller's phase: what the buyer owes is taken from the wallet, as far as it goes."""
    if owed(buyer, currency) <= 0:
        return
    has = ledger.locked_balance("wallet", owner=buyer, currency=currency)
    # Read again: whoever held the lock before may have collected it.
    money = Money(min(owed(buyer, currency), has.available), currency)
    if money.minor > 0:
        _post("credit_collected", money, subject_id, order_id, debit_owner=buyer)
        _post("claim_closed", money, subject_id, order_id, credit_owner=buyer)


def owed(buyer: str, currency: str) -> int:
    """What the buyer owes the merchant for credit that was spent and refunded, in minor units, in the open
    transaction."""
    return -ledger.balance("owed_by_buyer", owner=buyer, currency=currency).total


def _of_grant(template: str, money: Money, grant: Grant, *, debit_owner: str) -> None:
    _post(template, money, grant.delivery_id, grant.order_id, debit_owner=debit_owner)


def _post(template: str, money: Money, subject_id: uuid.UUID, order_id: uuid.UUID | None, **owners: str) -> None:
    ledger.post_now(Posting(template=template, money=money, subject_id=subject_id, order_id=order_id, **owners))
