"""Pretend Pay speaking API v3, as the other side of the channel `wechatpay`."""

from __future__ import annotations

import base64
import json
import secrets
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.money import Money
from sandbox.simulator.wechat import keys, notices
from tests.contracts.simulator_peer import PretendPay
from tests.simulator.company import Company, Message, Receiver

STRANGE_INSIDE: tuple[dict[str, object], ...] = (
    {"amount": None},
    {"amount": 1980},
    *({"amount": {"total": total, "currency": "CNY"}} for total in (0, -1980, "1980", True, None, 10**12)),
    {"amount": {"total": 1980, "currency": "cny"}},
    {"amount": {"total": 1980, "currency": ["CNY"]}},
    {"trade_state": "NOTPAY"},
    {"trade_state": "PAID"},
    {"trade_state": None},
    {"out_trade_no": ""},
    {"out_trade_no": ["a"]},
    {"transaction_id": 7},
    {"mchid": {}},
    {"appid": []},
)
STRANGE_OUTSIDE: tuple[dict[str, object], ...] = (
    {"id": None},
    {"event_type": None},
    {"event_type": "REFUND.SUCCESS"},
    {"event_type": "TRANSACTION.CLOSED"},
    {"resource_type": "plain"},
    {"resource": None},
    {"resource": {}},
)


@lru_cache(maxsize=2)
def key_pair(of: str) -> str:
    """A private key for this run, of `us` or of `them`: making one takes its time."""
    assert of in ("us", "them")
    return keys.new_private()


class WeChatPay(PretendPay):
    """The simulator's real process; every peer has a merchant number of its own there."""

    price = Money(1980, "CNY")
    details = {"buyer_ip": "127.0.0.1", "openid": "oBuyer"}
    words = {"insufficient_funds": "declined", "buyer_cancelled": None, "refund_exceeds_payment": "invalid_request"}
    notifies_failure = False
    bars_closed_numbers = False
    timestamp_header, signature_header = "Wechatpay-Timestamp", "Wechatpay-Signature"

    def __init__(self, company: Company, receiver: Receiver) -> None:
        self._company, self._receiver = company, receiver
        self.notify_url = receiver.url
        self.merchant_ref = f"{secrets.randbelow(10**10):010d}"
        self.merchant = {
            "mchid": self.merchant_ref,
            "appid": f"wx{secrets.token_hex(8)}",
            "api_v3_key": secrets.token_hex(16),
            "merchant_serial": secrets.token_hex(20).upper(),
            "merchant_public_key": keys.public_of(key_pair("us")),
            "platform_serial": keys.new_serial(),
            "platform_private_key": key_pair("them"),
        }
        self._company.admin("POST", "/wechat/merchants", self.merchant)
        self.settings = {
            "base_url": f"{company.url}/wechat",
            **{name: self.merchant[name] for name in ("mchid", "appid", "api_v3_key", "merchant_serial")},
            "private_key": key_pair("us"),
            "platform_keys": self.platform_key(),
        }

    def platform_key(self) -> str:
        """The setting with the one key that they sign with now."""
        return f"{self.merchant['platform_serial']}: {keys.public_of(self.merchant['platform_private_key'])}"

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        return notices.headers(self.merchant, body, at=at)  # type: ignore[arg-type]

    def strange(self, message: Message) -> list[tuple[str, bytes]]:
        inside = [(str(change), self.resealed(message, change)) for change in STRANGE_INSIDE]
        outside = [(str(change), json.dumps(message.data | change).encode()) for change in STRANGE_OUTSIDE]
        algorithm = {"resource": message.data["resource"] | {"algorithm": "AEAD_SM4_GCM"}}
        return [*inside, *outside, ("algorithm", json.dumps(message.data | algorithm).encode())]

    def inside(self, message: Message) -> dict[str, Any]:
        """What the notice holds, opened."""
        resource = message.data["resource"]
        opened = AESGCM(self.merchant["api_v3_key"].encode()).decrypt(
            resource["nonce"].encode(), base64.b64decode(resource["ciphertext"]), resource["associated_data"].encode()
        )
        return dict(json.loads(opened))

    def resealed(self, message: Message, change: dict[str, Any]) -> bytes:
        """The notice with something else inside, sealed as they seal."""
        return self.sealed(message.data["event_type"], self.inside(message) | change, message.data["id"])

    def sealed(self, event: str, inside: dict[str, Any], notice_id: str) -> bytes:
        """A notice of ours, as they write it."""
        nonce, about = secrets.token_hex(6), "transaction"
        ciphertext = keys.encrypt(self.merchant["api_v3_key"], json.dumps(inside).encode(), nonce=nonce, about=about)
        resource = {"algorithm": "AEAD_AES_256_GCM", "ciphertext": ciphertext, "nonce": nonce, "associated_data": about}
        notice = {"id": notice_id, "event_type": event, "resource_type": "encrypt-resource", "resource": resource}
        return json.dumps(notice).encode()

    def rotate(self) -> tuple[dict[str, str], dict[str, str]]:
        before = self.settings["platform_keys"]
        self.merchant |= {"platform_serial": keys.new_serial(), "platform_private_key": key_pair("us")}
        self._company.admin("POST", "/wechat/merchants", self.merchant)
        new = self.settings | {"platform_keys": self.platform_key()}
        return new | {"platform_keys": f"{self.platform_key()}\n{before}"}, new

    def keyless(self) -> list[dict[str, str]]:
        empty = self.settings | {"platform_keys": ""}
        return [empty, {name: value for name, value in empty.items() if name != "platform_keys"}]

    def misconfigured(self) -> dict[str, str]:
        return self.settings | {"merchant_serial": "0" * 40}
