"""Pretend Pay speaking Stripe's API, as the other side of the channel `stripe`."""

from __future__ import annotations

import json
import secrets
from typing import Any

from app.core.money import Money
from sandbox.simulator.stripe import notices
from tests.contracts.simulator_peer import PretendPay
from tests.simulator.company import Company, Message, Receiver

STRANGE_INSIDE: tuple[dict[str, object], ...] = (
    *({"amount_total": total} for total in (0, -1980, "1980", True, None, 10**12 * 10**6, 19.8)),
    *({"currency": currency} for currency in ("USD", "us", "zzz", None, ["usd"])),
    *({"status": status} for status in ("open", "expired", "paid", None, ["complete"])),
    {"payment_status": "no_payment_required"},
    {"payment_status": None},
    {"object": "payment_intent"},
    {"mode": "subscription"},
    {"livemode": True},
    {"client_reference_id": ""},
    {"client_reference_id": ["a"]},
    {"payment_intent": None},
    {"payment_intent": {}},
)
STRANGE_OUTSIDE: tuple[dict[str, object], ...] = (
    {"id": None},
    {"id": 7},
    {"object": "v2.core.event"},
    {"type": None},
    {"type": "checkout.session.expired"},
    {"type": "checkout.session.async_payment_failed"},
    {"type": "refund.updated"},
    {"livemode": "false"},
    {"livemode": None},
    {"data": None},
    {"data": {"object": []}},
)


class Stripe(PretendPay):
    """The simulator's real process; every peer has an account of its own there."""

    words = {"buyer_cancelled": None}
    bars_closed_numbers = False
    impatience_s = "3"
    merchant_ref = "test"
    extremes = (Money(50, "USD"), Money(99_999_999, "USD"), Money(500, "ISK"))

    def __init__(self, company: Company, receiver: Receiver) -> None:
        self._company, self._receiver = company, receiver
        self.notify_url = receiver.url
        self.account = {
            "account_id": f"acct_{secrets.token_hex(8)}",
            "secret_key": f"sk_test_{secrets.token_hex(12)}",
            "webhook_url": receiver.url,
            "webhook_secret": f"whsec_{secrets.token_hex(16)}",
        }
        self._company.admin("POST", "/stripe/accounts", self.account)
        self.settings = {
            "base_url": f"{company.url}/stripe",
            "secret_key": self.account["secret_key"],
            "webhook_secret": self.account["webhook_secret"],
        }

    @property
    def account_id(self) -> str:
        return self.account["account_id"]

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        return notices.headers([self.settings["webhook_secret"]], body, at=at)

    def event(self, kind: str, about: dict[str, Any], **more: Any) -> bytes:
        """An event of ours, as they write it."""
        event = {"id": f"evt_{secrets.token_hex(8)}", "object": "event", "livemode": False, "type": kind}
        return json.dumps(event | {"data": {"object": about}} | more).encode()

    def tampered(self, headers: dict[str, str]) -> list[dict[str, str]]:
        header = headers["Stripe-Signature"]
        at, v1, v0 = header.split(",")
        later = f"t={int(at[2:]) + 1}"
        changed = [
            *(f"{later},{v1}", f"t=0{at[2:]},{v1}", f"t= {at[2:]},{v1}", f"{at},{v1.upper()}", f"{at},{v0}", v1, at),
            *(f"{at},v1=", f"{at},{v1[:-1]}", f"{at},{later},{v1}", f"{v1},{at}", f"{header}, ", f"{at};{v1}", ""),
        ]
        return [*(headers | {"Stripe-Signature": value} for value in changed)]

    def strange(self, message: Message) -> list[tuple[str, bytes]]:
        event = message.data
        inside = [(change, event | {"data": {"object": event["data"]["object"] | change}}) for change in STRANGE_INSIDE]
        outside = [(change, event | change) for change in STRANGE_OUTSIDE]
        return [(str(change), json.dumps(changed).encode()) for change, changed in (*inside, *outside)]

    def roll(self) -> dict[str, str]:
        """The settings with a new secret; events are signed with both for now."""
        self.account["webhook_secret"] = f"whsec_{secrets.token_hex(16)}"
        self._company.admin("POST", "/stripe/accounts", self.account)
        return self.settings | {"webhook_secret": self.account["webhook_secret"]}

    def bounce(self, ref: str) -> None:
        """The bank sends back a refund that was made."""
        self._company.admin("POST", f"/refunds/{ref}/fail", {"code": "account_closed", "force": True})

    def event_of(self, kind: str, how_many: int) -> Message:
        """The one event of this kind among those that were sent, in whatever order."""
        [found] = [message for message in self.notices(how_many) if message.data["type"] == kind]
        return found

    def rotate(self) -> tuple[dict[str, str], dict[str, str]]:
        before, new = self.settings["webhook_secret"], self.roll()
        self._company.admin("DELETE", f"/stripe/accounts/{self.account['account_id']}/previous_secret")
        return new | {"webhook_secret": f"{new['webhook_secret']} {before}"}, new

    def keyless(self) -> list[dict[str, str]]:
        without = {name: value for name, value in self.settings.items() if name != "webhook_secret"}
        return [self.settings | {"webhook_secret": nothing} for nothing in ("", " ")] + [without]

    def misconfigured(self) -> dict[str, str]:
        return self.settings | {"secret_key": f"sk_test_{secrets.token_hex(12)}"}
