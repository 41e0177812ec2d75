"""The pretend company as Alipay: an app of our own there, the buyer, and the notices it sends."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.channels.alipay import certificates
from app.domain.payments.channels.alipay.channel import AlipayChannel
from app.domain.payments.channels.types import Outcome, PayRequest, RefundRequest
from tests.simulator.company import Company, eventually

alipay = AlipayChannel()
PRICE = Money(1980, "CNY")
NOBODY = "http://127.0.0.1:9/nobody"


@lru_cache
def key_pair(name: str) -> tuple[str, str]:
    """Private and public key, bare as Alipay's tool shows them; one pair a name and run, they take their time."""
    assert name
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()


def new_ref() -> str:
    return show("att", new_id())


class AlipayPeer:
    """The simulator's real process; every peer has an app of its own there."""

    def __init__(self, company: Company) -> None:
        self.company = company
        private, _ = key_pair("ours")
        app_id, seller_id = f"20210{secrets.randbelow(10**11):011d}", f"2088{secrets.randbelow(10**12):012d}"
        self.settings = {
            "base_url": f"{company.url}/alipay/gateway.do",
            "app_id": app_id,
            "seller_id": seller_id,
            "app_private_key": private,
            "alipay_public_key": key_pair("theirs")[1],
        }
        self.register()

    def register_certificates(self) -> None:
        """From now on the company expects the certificates of the settings."""
        self.register(**certificates.named(self.settings), alipay_cert_sn="0123456789abcdef")

    def register(self, *, ours: str = "ours", theirs: str = "theirs", **more: str) -> None:
        """Tell the company of these keys."""
        registered = self.company.admin(
            "POST",
            "/alipay/apps",
            {
                "app_id": self.settings["app_id"],
                "seller_id": self.settings["seller_id"],
                "app_public_key": key_pair(ours)[1],
                "private_key": key_pair(theirs)[0],
                "name": "Test Shop",
                **more,
            },
        )
        assert registered["alipay_public_key"] == key_pair(theirs)[1]

    def pay_request(
        self, ref: str, *, scene: str = "web", amount: Money = PRICE, notify_url: str = NOBODY
    ) -> PayRequest:
        return PayRequest(
            attempt_ref=ref,
            amount=amount,
            scene=scene,
            subject="Gold membership 金卡 & more",
            notify_url=notify_url,
            return_url="http://127.0.0.1:9/back?order=1",
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )

    def refund_request(self, charge: str, minor: int, ref: str | None = None) -> RefundRequest:
        return RefundRequest(
            attempt_ref=ref or new_ref(),
            charge_ref=charge,
            charge_amount=PRICE,
            amount=Money(minor, "CNY"),
            reason="asked for",
            notify_url=NOBODY,
        )

    def arrive(self, outcome: Outcome) -> None:
        """The buyer goes where the outcome sends: only now Alipay knows the trade."""
        assert outcome.action, outcome
        answer = self.company.client.get(outcome.action.get("content") or outcome.action["url"])
        assert (answer.status_code, answer.headers["Location"][:5]) == (302, "/pay/"), answer.text

    def decide(self, ref: str, action: str) -> None:
        """What the buyer does there: approve, decline, cancel."""
        self.company.admin("POST", f"/payments/{ref}/{action}")

    def script(self, operation: str, behavior: str, ref: str, value: str | int | None = None) -> None:
        self.company.script(operation, behavior, scope="payment", out_trade_no=ref, value=value, times=1)

    def attempted_notice(self, ref: str) -> dict[str, Any]:
        """The first notice of the payment after it was tried; empty before."""
        notice: dict[str, Any] = self.company.admin("GET", f"/payments/{ref}")["notices"][0]
        return notice if notice["attempts"] and notice["state"] != "sending" else {}

    def wait_for_script(self, ref: str) -> None:
        """Returns when the scripts of `ref` had their turn: a caller who does not wait may come back before."""

        def had_its_turn() -> bool:
            scripts = self.company.admin("GET", "/scripts")["data"]
            return all(script["used"] for script in scripts if script["out_trade_no"] == ref)

        eventually(had_its_turn)

    def notices(self, ref: str, how_many: int = 1) -> list[bytes]:
        """The bodies that were sent about the payment, oldest first."""

        def sent() -> list[bytes]:
            calls = self.company.admin("GET", f"/calls?out_trade_no={ref}")["data"]
            bodies = [call["request"].encode() for call in calls if call["operation"] == "notice"]
            return bodies if len(bodies) >= how_many else []

        return eventually(sent)[:how_many]

    def agree(self, ref: str, action: str = "sign") -> None:
        """What the buyer does with an agreement: sign, decline, pause, resume, end."""
        self.company.admin("POST", f"/alipay/agreements/{ref.replace('_', '')}/{action}")

    def fields(self, ref: str) -> dict[str, str]:
        """The fields of the first notice, without its signature."""
        known = dict(parse_qsl(self.notices(ref)[0].decode(), strict_parsing=True))
        return {name: value for name, value in known.items() if name not in ("sign", "sign_type")}

    def signed_notice(self, fields: dict[str, str], *, key: str = "theirs", sign_type: str = "RSA2") -> bytes:
        """A notice with these fields, signed as theirs are."""
        content = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
        signed = _private(key).sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
        signature = base64.b64encode(signed).decode()
        return urlencode({**fields, "sign_type": sign_type, "sign": signature}).encode()


def started(peer: AlipayPeer, scene: str = "web") -> str:
    """The reference of a payment whose buyer is at Alipay's page."""
    ref = new_ref()
    peer.arrive(alipay.start_payment(peer.settings, peer.pay_request(ref, scene=scene)))
    return ref


def paid(peer: AlipayPeer) -> str:
    ref = started(peer)
    peer.decide(ref, "approve")
    return ref


@lru_cache
def _private(name: str) -> rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(base64.b64decode(key_pair(name)[0]), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
