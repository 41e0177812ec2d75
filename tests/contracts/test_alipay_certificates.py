"""Alipay's certificate mode: numbers as its own way has it, keys out of certificates, a change in passing."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alipay import DCAliPay
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from app.domain.payments.channels.alipay import certificates
from tests.contracts.alipay_peer import AlipayPeer, alipay, key_pair, new_ref, paid
from tests.simulator.company import Company

ISSUER = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ant Financial"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Ant Financial Certification Authority Class 2 R1"),
    ]
)


def certificate(of: str) -> str:
    """A certificate of the key pair of this name; `curve` for one that does not sign with RSA."""
    key = (
        ec.generate_private_key(ec.SECP256R1())
        if of == "curve"
        else serialization.load_der_private_key(base64.b64decode(key_pair(of)[0]), password=None)
    )
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, of)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(ISSUER, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def peer(simulator: str) -> Iterator[AlipayPeer]:
    company = Company(simulator)
    made = AlipayPeer(company)
    made.settings |= {
        "app_cert": certificate("ours"),
        "alipay_root_cert": f"{certificate('root')}\n{certificate('curve')}\n{certificate('root, second')}",
        "alipay_public_key": certificate("theirs"),
    }
    made.register_certificates()
    yield made
    company.client.close()


@pytest.mark.filterwarnings("ignore:X509.get_issuer:DeprecationWarning")
def test_certificates_are_numbered_as_another_library_numbers_them(peer: AlipayPeer) -> None:
    named = certificates.named(peer.settings)

    assert named["app_cert_sn"] == DCAliPay.get_cert_sn(peer.settings["app_cert"])
    roots = re.findall(r"-----BEGIN.+?END CERTIFICATE-----\n", peer.settings["alipay_root_cert"], re.DOTALL)
    assert named["alipay_root_cert_sn"] == f"{DCAliPay.get_cert_sn(roots[0])}_{DCAliPay.get_cert_sn(roots[2])}"


def test_calls_and_notices_hold_in_certificate_mode(peer: AlipayPeer) -> None:
    ref = paid(peer)
    one_line = {name: value.replace("\n", "") for name, value in peer.settings.items()}

    result = alipay.query_payment(peer.settings, ref)

    assert result.status == "succeeded"
    assert '"alipay_cert_sn"' in result.exchanges[0].response
    assert alipay.query_payment(one_line, ref).status == "succeeded"
    assert alipay.read_notice(peer.settings, {}, peer.notices(ref)[0]).our_ref == ref


def test_without_its_certificates_nothing_is_begun(peer: AlipayPeer) -> None:
    for change in ({"app_cert": ""}, {"alipay_root_cert": certificate("curve")}, {"app_cert": "no certificate"}):
        refused = alipay.start_payment(peer.settings | change, peer.pay_request(new_ref(), scene="qr"))
        assert (refused.status, refused.decline_code) == ("failed", "channel_misconfigured"), change
    # In key mode Alipay itself says no: it waits for certificates.
    key_mode = peer.settings | {"app_cert": "", "alipay_root_cert": ""}
    assert alipay.start_payment(key_mode, peer.pay_request(new_ref(), scene="qr")).status == "failed"


def test_both_certificates_are_believed_while_they_change(peer: AlipayPeer) -> None:
    ref = paid(peer)
    old = peer.notices(ref)[0]
    peer.register(theirs="next")
    new_only = peer.settings | {"alipay_public_key": certificate("next")}
    both = new_only | {"previous_alipay_public_key": peer.settings["alipay_public_key"]}
    alipay.refund(both, peer.refund_request(ref, 100))
    new = peer.notices(ref, 2)[1]

    assert [alipay.read_notice(both, {}, body).our_ref for body in (old, new)] == [ref, ref]
    assert alipay.query_payment(both, ref).status == "succeeded"
    assert alipay.query_payment(peer.settings, ref).status == "unknown"
