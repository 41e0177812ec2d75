"""Pretend Pay as the other side of the channel `simulator`."""

from __future__ import annotations

import json
import secrets
from typing import Any

from app.core.money import Money
from sandbox.simulator.signature import sign_notice
from tests.simulator.company import Company, Message, Receiver, eventually

STRANGE: tuple[dict[str, object], ...] = (
    {"amount": 0},
    {"amount": -1980},
    {"amount": "1980"},
    {"amount": True},
    {"amount": None},
    {"amount": 10**12},
    {"currency": "usd"},
    {"currency": None},
    {"status": "failed"},
    {"status": "paid"},
    {"event": "payment.refunded"},
    {"event": None},
    {"out_trade_no": ""},
    {"out_trade_no": ["a"]},
    {"notice_id": None},
    {"trade_no": 7},
    {"merchant_id": {}},
)


class PretendPay:
    """The simulator's real process; every peer has an account of its own there."""

    price = Money(1980, "USD")
    extremes: tuple[Money, ...] = (Money(1, "CNY"), Money(99_999_999_999, "USD"))
    details: dict[str, str] = {}
    words: dict[str, str | None] = {}
    notifies_failure = True
    bars_closed_numbers = True
    impatience_s = "0.3"
    timestamp_header, signature_header = "X-Timestamp", "X-Signature"

    def __init__(self, company: Company, receiver: Receiver) -> None:
        self._company, self._receiver = company, receiver
        self.notify_url = receiver.url
        self.settings = {
            "base_url": company.url,
            "merchant_id": f"m_{secrets.token_hex(6)}",
            "api_key": secrets.token_hex(16),
        }
        self.merchant_ref = self.settings["merchant_id"]
        company.register(self.settings["api_key"], self.merchant_ref)

    def script(self, operation: str, behavior: str, ref: str, value: str | int | None = None) -> None:
        where = {"scope": "payment", "out_trade_no": ref, "value": value, "times": 1}
        self._company.script(operation, behavior, **where)

    def wait_for_script(self, ref: str) -> None:
        def had_its_turn() -> bool:
            scripts = self._company.admin("GET", "/scripts")["data"]
            return all(script["used"] for script in scripts if script["out_trade_no"] == ref)

        eventually(had_its_turn)

    def approve(self, ref: str) -> None:
        self._payment(ref, "approve")

    def decline(self, ref: str) -> None:
        self._payment(ref, "decline", {"code": "insufficient_funds", "means": "card 0002"})

    def cancel(self, ref: str) -> None:
        self._payment(ref, "cancel")

    def decide_refund(self, ref: str) -> None:
        self._company.admin("POST", f"/refunds/{ref}/succeed")

    def decide_payout(self, ref: str) -> None:
        self._company.admin("POST", f"/payouts/{ref}/succeed")

    @property
    def account_id(self) -> str:
        """What the company calls the account."""
        return self.merchant_ref

    def tell(self, event: str, **about: Any) -> None:
        """The company says something by itself about a contract, dispute, payout to the bank or bill."""
        data = {"merchant_id": self.account_id, "event": event, "url": self.notify_url, **about}
        self._company.admin("POST", "/account_notices", data)

    def notices(self, how_many: int) -> list[Message]:
        return self._receiver.wait(how_many)

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        return {"X-Timestamp": str(at), "X-Signature": sign_notice(self.settings["api_key"], str(at), body)}

    def tampered(self, headers: dict[str, str]) -> list[dict[str, str]]:
        stamp, signature = self.timestamp_header, self.signature_header
        at = headers[stamp]
        return [
            headers | {stamp: str(int(at) + 1)},
            headers | {stamp: f"0{at}"},
            headers | {signature: headers[signature].swapcase()},
            headers | {signature: ""},
            {name: value for name, value in headers.items() if name != signature},
            {name: value for name, value in headers.items() if name != stamp},
        ]

    def strange(self, message: Message) -> list[tuple[str, bytes]]:
        return [(str(change), json.dumps(message.data | change).encode()) for change in STRANGE]

    def rotate(self) -> tuple[dict[str, str], dict[str, str]]:
        key = secrets.token_hex(16)
        self._company.register(key, self.merchant_ref)
        new = self.settings | {"api_key": key, "previous_api_key": ""}
        return new | {"previous_api_key": self.settings["api_key"]}, new

    def keyless(self) -> list[dict[str, str]]:
        self.settings = self.settings | {"api_key": ""}  # from now on `sign` signs with nothing, too
        return [self.settings, {name: value for name, value in self.settings.items() if name != "api_key"}]

    def misconfigured(self) -> dict[str, str]:
        return self.settings | {"api_key": "not-ours"}

    def _payment(self, ref: str, action: str, body: dict[str, Any] | None = None) -> None:
        self._company.admin("POST", f"/payments/{ref}/{action}", body)
