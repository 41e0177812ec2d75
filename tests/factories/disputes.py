"""Disputes at the pretend payment company, as it tells of them."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app.core.ids import show
from app.domain.payments.disputes.models import Dispute
from app.workflow.payments.accept_notice import accept_notice
from tests.factories.shop import Shop

NOWHERE = "http://127.0.0.1:9/nobody"
STATUS = {"opened": "open", "updated": "review"}
table = Dispute.__table__


class Disputes:
    """What the company says of the disputes of one shop, and what came of it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def say(self, event: str, number: str, attempt_id: uuid.UUID | None = None, **about: Any) -> None:
        """It is so at the company, and its notice comes in and is followed."""
        body = self.decide(number, event, attempt_id, **about)
        word = event.partition(".")[2]
        said = {"notice_id": f"ntc_{secrets.token_hex(12)}", "event": event, "merchant_id": self.shop.merchant_id}
        said |= {"dispute_no": number, "status": STATUS.get(word, word), "occurred_at": "2026-01-01T00:00:00+00:00"}
        content = json.dumps(said | body | {name: about[name] for name in ("reason", "due_at") if name in about})
        self.take_in(content.encode())

    def decide(self, number: str, event: str, attempt_id: uuid.UUID | None = None, **about: Any) -> dict[str, Any]:
        """It is so at the company, and nobody has heard of it; what its notice says besides."""
        body: dict[str, Any] = {"amount": 1000, "currency": "USD"}
        body |= {"out_trade_no": show("att", attempt_id)} if attempt_id else {}
        known = {"merchant_id": self.shop.merchant_id, "event": event, "url": NOWHERE, "dispute_no": number}
        self.shop.company("account_notices", known | body | about)
        return body

    def take_in(self, content: bytes) -> None:
        """A genuine notice comes in, and is followed."""
        accept_notice("simulator", self.shop.account_id, self.shop.headers(content), content)
        self.shop.work_off()

    def open(self, attempt_id: uuid.UUID, **about: Any) -> str:
        """A dispute of this payment; its number."""
        number = f"d{secrets.token_hex(6)}"
        self.say("dispute.opened", number, attempt_id, **about)
        return number

    def one(self, number: str) -> Any:
        """The dispute as it is now."""
        return self.shop.one(select(table).where(table.c.channel_ref == number))


def paid_attempt(shop: Shop) -> tuple[uuid.UUID, uuid.UUID]:
    """An order that was paid and delivered, and the attempt that paid it."""
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id, attempt_id


def dispute_ids(shop: Shop) -> dict[str, str]:
    """An open dispute, as it is shown."""
    disputes = Disputes(shop)
    return {"dispute_id": show("dsp", disputes.one(disputes.open(paid_attempt(shop)[1])).id)}


def open_dispute(shop: Shop) -> Callable[[], None]:
    """A dispute that waits for an answer; answers what makes the company decide it."""
    disputes, attempt_id = Disputes(shop), paid_attempt(shop)[1]
    number = disputes.open(attempt_id)
    return lambda: disputes.say("dispute.won", number, attempt_id)
