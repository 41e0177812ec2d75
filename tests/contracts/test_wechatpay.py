"""What only WeChat Pay has: its scenes, its words, keys by serial, sealed notices."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpayv3 import utils as library

from app.core.money import Money
from app.domain.payments.channels.types import NoticeRefused
from app.domain.payments.channels.wechatpay import signing
from app.domain.payments.channels.wechatpay.channel import WechatPayChannel
from sandbox.simulator.wechat import keys
from tests.contracts.operations import new_ref, paid, pay_request, refund, started
from tests.contracts.wechatpay_peer import WeChatPay, key_pair
from tests.simulator.company import Company, Message, Receiver

wechat = WechatPayChannel()


@pytest.fixture
def peer(simulator: str, receiver: Receiver) -> Iterator[WeChatPay]:
    company = Company(simulator)
    yield WeChatPay(company, receiver)
    company.client.close()


def refused(peer: WeChatPay, message: Message, settings: dict[str, str] | None = None) -> str:
    with pytest.raises(NoticeRefused) as refusal:
        wechat.read_notice(settings or peer.settings, message.headers, message.body)
    return refusal.value.code


def test_a_phone_is_sent_to_pay_and_back(peer: WeChatPay, pretend_pay: Company) -> None:
    ref = new_ref()
    action = wechat.start_payment(peer.settings, pay_request(wechat, peer, ref, scene="mobile")).action
    assert action

    page = pretend_pay.client.get(action["url"], follow_redirects=True)
    back = pretend_pay.client.post(str(page.url), data={"action": "approve"})

    assert action["type"] == "redirect"
    assert (page.status_code, back.headers["Location"]) == (200, "http://127.0.0.1:9/back")
    assert wechat.query_payment(peer.settings, ref).status == "succeeded"


def test_the_page_inside_their_app_gets_signed_parameters(peer: WeChatPay) -> None:
    action = wechat.start_payment(peer.settings, pay_request(wechat, peer, new_ref(), scene="app")).action
    assert action

    values = action["params"]
    message = f"{peer.settings['appid']}\n{values['timeStamp']}\n{values['nonceStr']}\n{values['package']}\n"
    assert keys.is_signed(peer.merchant["merchant_public_key"], message.encode(), values["paySign"])
    assert values["package"].startswith("prepay_id=")


@pytest.mark.parametrize("scene", ["mobile", "app", "telephone"])
def test_a_scene_that_cannot_be_served_calls_nobody(peer: WeChatPay, scene: str) -> None:
    outcome = wechat.start_payment(
        peer.settings, replace(pay_request(wechat, peer, new_ref(), scene=scene), details={})
    )

    assert (outcome.status, outcome.decline_code, outcome.exchanges) == ("failed", "scene_unsupported", [])


def test_money_of_which_some_went_back_has_come(peer: WeChatPay) -> None:
    ref = paid(wechat, peer)
    refund(wechat, peer, ref, 100)

    result = wechat.query_payment(peer.settings, ref)

    assert '"REFUND"' in result.exchanges[0].response
    assert (result.status, result.amount) == ("succeeded", peer.price)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("OUT_TRADE_NO_USED", ("unknown", None)),
        ("ORDERPAID", ("unknown", None)),
        ("ORDERCLOSED", ("cancelled", None)),
        ("NO_AUTH", ("failed", "channel_misconfigured")),
        ("SOMETHING_NEW", ("unknown", None)),
    ],
)
def test_a_no_to_a_payment_means_what_the_table_says(
    peer: WeChatPay, code: str, expected: tuple[str, str | None]
) -> None:
    ref = new_ref()
    peer.script("create", "decline", ref, code)

    outcome = wechat.start_payment(peer.settings, pay_request(wechat, peer, ref))

    assert (outcome.status, outcome.decline_code) == expected


def test_a_merchant_without_money_cannot_give_back(peer: WeChatPay) -> None:
    ref = paid(wechat, peer)
    peer.script("refund", "decline", ref, "insufficient_merchant_balance")

    outcome = refund(wechat, peer, ref, 100)

    assert (outcome.status, outcome.decline_code) == ("failed", "insufficient_merchant_balance")


def test_an_answer_that_is_not_theirs_says_nothing(peer: WeChatPay) -> None:
    ref = started(wechat, peer)
    serial = peer.merchant["platform_serial"]
    strangers = (f"{serial}: {keys.public_of(key_pair('us'))}", f"OTHER: {keys.public_of(key_pair('them'))}")

    for platform_keys in strangers:
        result = wechat.query_payment(peer.settings | {"platform_keys": platform_keys}, ref)
        assert result.status == "unknown"
        assert result.message in ("unusable response: bad_signature", "unusable response: unknown_serial")


def test_a_notice_is_opened_and_bound_to_its_merchant(peer: WeChatPay) -> None:
    paid(wechat, peer)
    message = peer.notices(1)[0]
    lower = {name.lower(): value for name, value in message.headers.items()}
    resource = message.data["resource"]
    changed = bytearray(base64.b64decode(resource["ciphertext"]))
    changed[20] ^= 1
    tampered = json.dumps(
        message.data | {"resource": resource | {"ciphertext": base64.b64encode(bytes(changed)).decode()}}
    ).encode()

    def signed(body: bytes) -> Message:
        return Message(peer.sign(body, int(time.time())), body)

    assert wechat.read_notice(peer.settings, lower, message.body).outcome.amount == Money(1980, "CNY")
    assert refused(peer, signed(tampered)) == "undecipherable"
    assert refused(peer, message, peer.settings | {"api_v3_key": "0" * 32}) == "undecipherable"
    assert refused(peer, message, peer.settings | {"api_v3_key": ""}) == "undecipherable"
    assert refused(peer, signed(peer.resealed(message, {"appid": "wx0"}))) == "wrong_merchant"
    assert refused(peer, message, peer.settings | {"mchid": "1900000000"}) == "wrong_merchant"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Wechatpay-Serial": "PUB_KEY_ID_0000"}, "unknown_serial"),
        ({"Wechatpay-Serial": ""}, "bad_signature"),
        ({"Wechatpay-Nonce": "another"}, "bad_signature"),
        ({"Wechatpay-Signature": "WECHATPAY/SIGNTEST/c2lnbmF0dXJl"}, "bad_signature"),
    ],
)
def test_a_notice_without_its_proof_is_refused(peer: WeChatPay, change: dict[str, str], code: str) -> None:
    paid(wechat, peer)
    message = peer.notices(1)[0]

    assert refused(peer, Message(message.headers | change, message.body)) == code


def test_keys_may_be_written_in_every_usual_way(peer: WeChatPay) -> None:
    ref = started(wechat, peer)
    pem, serial = keys.public_of(key_pair("them")), peer.merchant["platform_serial"]
    one_line = peer.settings["private_key"].replace("\n", "")

    for written in (
        f"{serial}:{pem}".replace("\n", ""),
        f"OTHER = {keys.public_of(key_pair('us'))} {serial} = {pem}".replace("\n", " "),
        json.dumps({serial: pem}),
    ):
        changed = peer.settings | {"platform_keys": written, "private_key": one_line}
        assert wechat.query_payment(changed, ref).status == "pending", written


def test_certificates_count_until_they_end() -> None:
    present, past = certificate(days=1), certificate(days=-1)

    assert list(signing.platform_keys(present[1])) == [present[0]]
    assert list(signing.platform_keys(f"{present[0]}: {present[1]}")) == [present[0]]
    for written in (f"ABC: {present[1]}", "ABC: -----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----", "ABC", "{}"):
        with pytest.raises(signing.Misconfigured):
            signing.platform_keys(written)
    assert answered_by(present) is None
    assert answered_by((f"0{present[0]}", present[1])) is None
    assert answered_by(past) == "unknown_serial"


def test_requests_are_signed_as_their_library_signs(peer: WeChatPay, monkeypatch: pytest.MonkeyPatch) -> None:
    body = '{"amount": {"total": 1980}}'
    ours = signing.authorization(peer.settings, "POST", "/v3/pay?a=b", body.encode())
    parts = dict(re.findall(r'(\w+)="([^"]*)"', ours))
    monkeypatch.setattr(time, "time", lambda: int(parts["timestamp"]))

    theirs = library.build_authorization(
        "/v3/pay?a=b",
        "POST",
        parts["mchid"],
        parts["serial_no"],
        library.load_private_key(peer.settings["private_key"]),
        data=body,
        nonce_str=parts["nonce_str"],
    )

    assert dict(re.findall(r'(\w+)="([^"]*)"', theirs)) == parts


def test_their_library_verifies_and_opens_what_our_company_sends(peer: WeChatPay) -> None:
    ref = paid(wechat, peer)
    message = peer.notices(1)[0]
    part = {name: message.headers[f"Wechatpay-{name}"] for name in ("Timestamp", "Nonce", "Signature")}
    public = library.load_public_key(keys.public_of(key_pair("them")))
    resource = message.data["resource"]

    opened = library.aes_decrypt(
        resource["nonce"], resource["ciphertext"], resource["associated_data"], peer.settings["api_v3_key"]
    )

    assert library.rsa_verify(part["Timestamp"], part["Nonce"], message.body.decode(), part["Signature"], public)
    assert json.loads(opened)["out_trade_no"] == ref


def certificate(*, days: int) -> tuple[str, str]:
    """Serial and PEM of a certificate of theirs that ends in so many days."""
    key = serialization.load_pem_private_key(key_pair("them").encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    name, end = x509.Name([]), datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=30))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    return f"{made.serial_number:X}", made.public_bytes(serialization.Encoding.PEM).decode()


def answered_by(their: tuple[str, str]) -> str | None:
    """Why a word signed with the certificate's key is not believed; None when it is."""
    at = str(int(time.time()))
    signature = keys.sign(key_pair("them"), f"{at}\nnonce\nword\n".encode())
    parts = {"timestamp": at, "nonce": "nonce", "signature": signature, "serial": their[0]}
    try:
        signing.verify(
            {"platform_keys": their[1]}, {f"Wechatpay-{name}": value for name, value in parts.items()}, b"word"
        )
    except signing.Distrusted as error:
        return error.code
    return None
