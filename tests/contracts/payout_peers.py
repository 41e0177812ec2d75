"""The other side of each channel that pays out: one per way in which money leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.core.money import Money
from tests.contracts.simulator_peer import PretendPay
from tests.contracts.stripe_peer import Stripe
from tests.simulator.company import Company, Message, Receiver, eventually


class PayoutPeer(Protocol):
    """An account of ours at a company, and somebody whom it can pay."""

    settings: dict[str, str]
    notify_url: str
    price: Money
    payee: str
    """The account of whom is paid."""
    refusals: dict[str, str]
    """What a script can decline with → what the channel can know of it."""
    impatience_s: str
    """How long to wait for an answer that does not come."""
    waits: bool
    """Whether a payout can be under way for a time."""
    back: str
    """What the channel says of money that came back."""

    def script(self, operation: str, behavior: str, ref: str, value: str | int | None = None) -> None:
        """The next `operation` on `ref` goes wrong like this, once."""

    def wait_for_script(self, ref: str) -> None:
        """Returns when the script of `ref` had its turn."""

    def arrived(self, ref: str) -> None:
        """Returns when the money is with the payee, who does what it takes."""

    def decide_payout(self, ref: str) -> None:
        """A payout that waits arrives."""

    def send_back(self, ref: str) -> None:
        """The payee's bank sends back what had arrived."""

    def notices(self, how_many: int) -> list[Message]:
        """The notices that we received so far, as they came over the wire."""

    def forged(self, message: Message) -> dict[str, str]:
        """The headers of this notice, proven with a key that is not the company's."""


class PretendPayout(PretendPay):
    payee, waits, back = "DE02120300000000202051", True, "failed"
    refusals = {"payee_rejected": "payee_rejected", "account_closed": "account_closed"}

    def arrived(self, ref: str) -> None:
        """At once."""

    def send_back(self, ref: str) -> None:
        self._company.admin("POST", f"/payouts/{ref}/fail", {"code": "account_closed", "force": True})

    def forged(self, message: Message) -> dict[str, str]:
        return message.headers | {"X-Signature": "0" * 64}


class StripeTransfer(Stripe):
    """To a connected account."""

    payee, waits, back = "acct_connected1", False, "returned"
    refusals = {
        "payee_rejected": "payee_rejected",
        "insufficient_merchant_balance": "insufficient_merchant_balance",
    }

    def arrived(self, ref: str) -> None:
        """At once."""

    def send_back(self, ref: str) -> None:
        self._company.admin("POST", f"/payouts/{ref}/fail", {"code": "account_closed", "force": True})

    def forged(self, message: Message) -> dict[str, str]:
        at, *_ = message.headers["Stripe-Signature"].split(",")
        return message.headers | {"Stripe-Signature": f"{at},v1={'0' * 64}"}


class StripePayout(StripeTransfer):
    """To a bank account of our own."""

    payee, waits, back = "ba_ours1", True, "failed"
    refusals = {"payee_rejected": "payee_rejected", "account_closed": "account_closed"}

    def arrived(self, ref: str) -> None:
        eventually(lambda: self._company.admin("GET", f"/payouts/{ref}")["status"] == "succeeded")


PAYOUT_PEERS: dict[str, tuple[str, Callable[[Company, Receiver], PayoutPeer]]] = {
    "simulator": ("simulator", PretendPayout),
    "stripe-transfer": ("stripe", StripeTransfer),
    "stripe-payout": ("stripe", StripePayout),
}
"""Each way out, with the channel that takes it."""
