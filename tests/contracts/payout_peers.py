"""The other side of each channel that pays out: one per way in which money leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from app.core.money import Money
from tests.contracts.alipay_peer import AlipayPeer
from tests.contracts.simulator_peer import PretendPay
from tests.contracts.stripe_peer import Stripe
from tests.contracts.wechatpay_peer import WeChatPay
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
    amount_said_in: str
    """Of which operation the answer says how much was paid."""
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

    def forged(self, message: Message) -> Message:
        """This notice, not proven by the company's key."""


class PretendPayout(PretendPay):
    amount_said_in = "payout"
    payee, waits, back = "DE02120300000000202051", True, "failed"
    refusals = {"payee_rejected": "payee_rejected", "account_closed": "account_closed"}

    def arrived(self, ref: str) -> None:
        """At once."""

    def send_back(self, ref: str) -> None:
        self._company.admin("POST", f"/payouts/{ref}/fail", {"code": "account_closed", "force": True})

    def forged(self, message: Message) -> Message:
        return Message(message.headers | {"X-Signature": "0" * 64}, message.body)


class StripeTransfer(Stripe):
    """To a connected account."""

    amount_said_in = "payout"
    payee, waits, back = "acct_connected1", False, "returned"
    refusals = {
        "payee_rejected": "payee_rejected",
        "insufficient_merchant_balance": "insufficient_merchant_balance",
    }

    def arrived(self, ref: str) -> None:
        """At once."""

    def send_back(self, ref: str) -> None:
        self._company.admin("POST", f"/payouts/{ref}/fail", {"code": "account_closed", "force": True})

    def forged(self, message: Message) -> Message:
        at, *_ = message.headers["Stripe-Signature"].split(",")
        return Message(message.headers | {"Stripe-Signature": f"{at},v1={'0' * 64}"}, message.body)


class StripePayout(StripeTransfer):
    """To a bank account of our own."""

    payee, waits, back = "ba_ours1", True, "failed"
    refusals = {"payee_rejected": "payee_rejected", "account_closed": "account_closed"}

    def arrived(self, ref: str) -> None:
        eventually(lambda: self._company.admin("GET", f"/payouts/{ref}")["status"] == "succeeded")


class AlipayTransfer:
    """To somebody's Alipay account; messages go to the app's gateway."""

    price, payee, waits, back, impatience_s = Money(1980, "CNY"), "2088123456789012", True, "returned", "0.3"
    amount_said_in = "query_payout"
    refusals = {
        "payee_rejected": "payee_rejected",
        "insufficient_merchant_balance": "insufficient_merchant_balance",
        "account_closed": "account_closed",
    }

    def __init__(self, company: Company, receiver: Receiver) -> None:
        self._alipay, self._receiver = AlipayPeer(company), receiver
        receiver.word = b"success"
        self._alipay.register(gateway_url=receiver.url)
        self.notify_url = receiver.url
        self.settings = self._alipay.settings

    def script(self, operation: str, behavior: str, ref: str, value: str | int | None = None) -> None:
        self._alipay.script(operation, behavior, ref, value)

    def wait_for_script(self, ref: str) -> None:
        self._alipay.wait_for_script(ref)

    def arrived(self, ref: str) -> None:
        """At once."""

    def decide_payout(self, ref: str) -> None:
        self._alipay.company.admin("POST", f"/payouts/{ref}/succeed")

    def send_back(self, ref: str) -> None:
        self._alipay.company.admin("POST", f"/payouts/{ref}/fail", {"code": "account_closed", "force": True})

    def notices(self, how_many: int) -> list[Message]:
        return self._receiver.wait(how_many)

    def forged(self, message: Message) -> Message:
        fields = dict(parse_qsl(message.body.decode(), strict_parsing=True)) | {"notify_id": "another"}
        return Message(message.headers, urlencode(fields).encode())


class WeChatTransfer(WeChatPay):
    """To the balance of a WeChat user, who confirms it."""

    amount_said_in, payee, waits, back = "query_payout", "oAbcdefghijklmnopqrstuvwxyz1", True, "failed"
    refusals = {
        "account_closed": "account_closed",
        "insufficient_merchant_balance": "insufficient_merchant_balance",
    }

    def __init__(self, company: Company, receiver: Receiver) -> None:
        super().__init__(company, receiver)
        self.settings |= {"transfer_scene_id": "1000", "transfer_report": "活动名称: 新会员有礼; 奖励说明: 注册奖励"}

    def arrived(self, ref: str) -> None:
        eventually(lambda: self._company.admin("GET", f"/payouts/{ref}")["status"] == "succeeded")

    def send_back(self, ref: str) -> None:
        self._company.admin("POST", f"/payouts/{ref}/fail", {"code": "account_closed", "force": True})

    def forged(self, message: Message) -> Message:
        return Message(message.headers, message.body.replace(b"EV-", b"EW-"))


PAYOUT_PEERS: dict[str, tuple[str, Callable[[Company, Receiver], PayoutPeer]]] = {
    "simulator": ("simulator", PretendPayout),
    "stripe-transfer": ("stripe", StripeTransfer),
    "stripe-payout": ("stripe", StripePayout),
    "alipay": ("alipay", AlipayTransfer),
    "wechatpay": ("wechatpay", WeChatTransfer),
}
"""Each way out, with the channel that takes it."""
