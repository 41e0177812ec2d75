"""What the demo tells the simulator of the payments it has had."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from app.core import db, settings
from app.core.ids import show
from app.domain.payments.models import PAYING_KINDS, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.payments.states import AttemptStatus
from app.workflow.steps.payments import channel_access
from app.workflow.steps.payments.tell_simulator import CHANNEL, tell

AT_ONCE = 500
attempts, transactions = db.table(PaymentAttempt), db.table(PaymentTransaction)


def tell_of_payments(business_id: uuid.UUID) -> None:
    """Tell it of all that the business was paid there and has refunded, so that more can be refunded. It keeps what it
    knows already.

    Raises:
        Unavailable: it refused.
    """
    with db.reading(business_id):
        own = ChannelAccount.business_id == business_id, ChannelAccount.channel == CHANNEL
        accounts = db.rows(select(db.table(ChannelAccount)).where(*own))
    for account in accounts:
        with db.reading(business_id):
            payments = _movements(account.id, PAYING_KINDS)
            refunds = _movements(account.id, ("refund",))
            merchant_id = str(channel_access.opened(account).settings["merchant_id"])
        public_url = settings.current().public_url
        notify_url = f"{public_url}/callbacks/{CHANNEL}/{show('cha', account.id)}"
        about = {"merchant_id": merchant_id, "notify_url": notify_url, "return_url": public_url}
        for kind, moved in (("payments", payments), ("refunds", refunds)):
            for start in range(0, len(moved), AT_ONCE):
                body = {"payments": [], "refunds": [], kind: moved[start : start + AT_ONCE]}
                tell("history", about | body)


def _movements(account_id: uuid.UUID, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Of these kinds, as the simulator wants to know them; the payments of refunds with them."""
    found = db.rows(
        select(
            attempts.c.id,
            attempts.c.channel_ref,
            attempts.c.amount_minor,
            attempts.c.currency,
            transactions.c.charge_attempt_id,
            func.coalesce(attempts.c.decided_at, attempts.c.created_at).label("at"),
        )
        .join(transactions, transactions.c.id == attempts.c.transaction_id)
        .where(attempts.c.business_id == db.here(), attempts.c.channel_account_id == account_id)
        .where(attempts.c.kind.in_(kinds), attempts.c.status == AttemptStatus.SUCCEEDED)
        .where(attempts.c.channel_ref.is_not(None))
    )
    return [
        {
            "number": row.channel_ref,
            "our_number": show("att", row.id),
            "amount": row.amount_minor,
            "currency": row.currency,
            "subject": "Moonlight Press",
            "at": row.at.isoformat(),
            **({"of": show("att", row.charge_attempt_id)} if row.charge_attempt_id else {}),
        }
        for row in found
    ]
