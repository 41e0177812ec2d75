"""The other side of each channel: what a company must be able to do on demand so that its channel can be tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from app.core.money import Money
from app.domain.payments.channels import registry
from tests.contracts.simulator_peer import PretendPay
from tests.contracts.stripe_peer import Stripe
from tests.contracts.wechatpay_peer import WeChatPay
from tests.simulator.company import Company, Message, Receiver

LOST = ("timeout_before", "timeout_after", "drop", "http_500", "garbage")


class Payer(Protocol):
    """An account of ours at a company, reached by the channel with `settings`, and a buyer."""

    settings: dict[str, str]
    notify_url: str
    price: Money
    """19.80 of a currency that it takes."""
    details: dict[str, str]
    """What its scenes want to know of the buyer."""

    def approve(self, ref: str) -> None:
        """The buyer pays."""

    def notices(self, how_many: int) -> list[Message]:
        """The notices that we received so far, as they came over the wire."""


class Peer(Payer, Protocol):
    """A company that can be made to do anything."""

    merchant_ref: str
    words: dict[str, str | None]
    """Where it says less than others: our word for a reason → what the channel can know of it."""
    notifies_failure: bool
    """Whether it sends notices of payments that did not come about."""
    bars_closed_numbers: bool
    """Whether a number that was closed before it was opened cannot be opened any more."""
    extremes: tuple[Money, ...]
    """The least and the most that it takes, or some amounts near them."""

    impatience_s: str
    """How long to wait for a refund's answer that does not come; more where several questions come before it."""

    def script(self, operation: str, behavior: str, ref: str, value: str | int | None = None) -> None:
        """The next `operation` on `ref` goes wrong like this, once."""

    def wait_for_script(self, ref: str) -> None:
        """Returns when the script of `ref` had its turn."""

    def decline(self, ref: str) -> None:
        """The buyer's bank says that there is not enough money on `card 0002`."""

    def cancel(self, ref: str) -> None:
        """The buyer thinks better of it."""

    def decide_refund(self, ref: str) -> None:
        """A refund that waits is paid out."""

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        """The headers of a notice with this body, sent at this second."""

    def tampered(self, headers: dict[str, str]) -> list[dict[str, str]]:
        """The headers of a notice with something about time or signature changed or gone."""

    def strange(self, message: Message) -> list[tuple[str, bytes]]:
        """Bodies that the company would never send, made of one of its notices, each with what is odd about it."""

    def tell(self, event: str, **about: Any) -> None:
        """It says something by itself about a contract, a dispute, a payout to the bank or a bill."""

    def rotate(self) -> tuple[dict[str, str], dict[str, str]]:
        """Changes the key that notices are signed with; the settings with both keys, and with the new one alone."""

    def keyless(self) -> list[dict[str, str]]:
        """Settings without any key to verify notices by."""

    def misconfigured(self) -> dict[str, str]:
        """Settings with a key that the company does not know."""


PEERS: dict[str, Callable[[Company, Receiver], Peer]] = {
    "simulator": PretendPay,
    "stripe": Stripe,
    "wechatpay": WeChatPay,
}
# Companies whose ways are too different; they are tried by a suite of their own beside this one.
APART = {"alipay": "test_alipay*.py"}
# Channels that call nobody outside have no company to be tested against.
OUTSIDE = sorted(
    name
    for name, channel in registry.CHANNELS.items()
    if not (channel.capabilities.is_internal or channel.capabilities.is_manual or name in APART)
)
