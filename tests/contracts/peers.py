"""The other side of each channel: what a company must be able to do on demand so that its channel can be tried."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Protocol

from app.simulator.signature import sign_notice
from tests.simulator.company import Company, Message, Receiver, eventually

LOST = ("timeout_before", "timeout_after", "drop", "http_500", "garbage")


class Peer(Protocol):
    """A company with an account of ours, reached by the channel with `settings`."""

    settings: dict[str, str]
    notify_url: str

    def script(self, operation: str, behavior: str, ref: str, value: str | int | None = None) -> None:
        """The next `operation` on `ref` goes wrong like this, once."""

    def wait_for_script(self, ref: str) -> None:
        """Returns when the script of `ref` had its turn."""

    def approve(self, ref: str) -> None:
        """The buyer pays."""

    def decline(self, ref: str) -> None:
        """The buyer's bank says that there is not enough money."""

    def cancel(self, ref: str) -> None:
        """The buyer thinks better of it."""

    def settle_refund(self, ref: str) -> None:
        """A refund that waits is paid out."""

    def notices(self, how_many: int) -> list[Message]:
        """What was told to us so far, as it came over the wire."""

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        """The headers of a notice with this body, sent at this second."""

    def rotate(self) -> dict[str, str]:
        """Changes the account's key; the settings with both, the new one first."""


class PretendPay:
    """The simulator's real process; every peer has an account of its own there."""

    def __init__(self, company: Company, receiver: Receiver) -> None:
        self._company, self._receiver = company, receiver
        self.notify_url = receiver.url
        self.settings = {
            "base_url": company.url,
            "merchant_id": f"m_{secrets.token_hex(6)}",
            "api_key": secrets.token_hex(16),
        }
        company.register(self.settings["api_key"], self.settings["merchant_id"])

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
        self._payment(ref, "decline", {"code": "insufficient_funds"})

    def cancel(self, ref: str) -> None:
        self._payment(ref, "cancel")

    def settle_refund(self, ref: str) -> None:
        self._company.admin("POST", f"/refunds/{ref}/succeed")

    def notices(self, how_many: int) -> list[Message]:
        return self._receiver.wait(how_many)

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        return {"X-Timestamp": str(at), "X-Signature": sign_notice(self.settings["api_key"], str(at), body)}

    def rotate(self) -> dict[str, str]:
        key = secrets.token_hex(16)
        self._company.register(key, self.settings["merchant_id"])
        return self.settings | {"api_key": key, "previous_api_key": self.settings["api_key"]}

    def _payment(self, ref: str, action: str, body: dict[str, Any] | None = None) -> None:
        self._company.admin("POST", f"/payments/{ref}/{action}", body)


PEERS: dict[str, Callable[[Company, Receiver], Peer]] = {"simulator": PretendPay}
