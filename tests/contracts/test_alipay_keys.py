"""RSA2 against another's reading of it, with keys in every form that merchants paste."""

from __future__ import annotations

import base64

import pytest
from alipay import AliPay
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.domain.payments.channels.alipay import keys

OURS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FIELDS = {"b": "二", "a": "1=&", "sign_type": "RSA2"}
CONTENT = "a=1=&&b=二&sign_type=RSA2"
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


def _private(form: serialization.PrivateFormat, encoding: serialization.Encoding = DER) -> str:
    made = OURS.private_bytes(encoding, form, serialization.NoEncryption())
    return made.decode() if encoding is PEM else base64.b64encode(made).decode()


def _public(form: serialization.PublicFormat, encoding: serialization.Encoding = DER) -> str:
    made = OURS.public_key().public_bytes(encoding, form)
    return made.decode() if encoding is PEM else base64.b64encode(made).decode()


PRIVATE = _private(serialization.PrivateFormat.PKCS8)
PUBLIC = _public(serialization.PublicFormat.SubjectPublicKeyInfo)
PRIVATES = [
    _private(form, encoding)
    for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL)
    for encoding in (DER, PEM)
]
PUBLICS = [
    _public(form, encoding)
    for form in (serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1)
    for encoding in (DER, PEM)
]


@pytest.fixture(scope="module")
def other() -> AliPay:
    return AliPay(
        appid="",
        app_private_key_string=base64.b64decode(PRIVATE),
        alipay_public_key_string=base64.b64decode(PUBLIC),
        sign_type="RSA2",
    )


@pytest.mark.parametrize("private", [*PRIVATES, PRIVATES[1].replace("\n", "")])
def test_we_sign_as_another_library_signs(other: AliPay, private: str) -> None:
    assert keys.signature(private, FIELDS) == other._sign(CONTENT)


@pytest.mark.parametrize("public", [*PUBLICS, PUBLICS[1].replace("\n", "")])
def test_we_believe_what_another_library_signed_and_nothing_near_it(other: AliPay, public: str) -> None:
    signed = other._sign(CONTENT)

    assert keys.is_signed(["", "nonsense", public], CONTENT, signed)
    assert not keys.is_signed([public], CONTENT + " ", signed)
    assert not keys.is_signed([public], CONTENT, f"{signed}\n!")
    assert not keys.is_signed([public], "\ud800", signed)
    assert not keys.is_signed([PRIVATE], CONTENT, signed)
    assert not keys.is_signed([], CONTENT, signed)


def test_what_is_no_key_of_ours_is_refused_in_words() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=keys.MIN_KEY_BITS // 2)
    curve = ec.generate_private_key(ec.SECP256R1())
    clear = serialization.NoEncryption()
    refused = {
        "neither PEM nor base64": "no key!",
        "not an RSA key, or not the private one": PUBLIC,
        "the key is too short": base64.b64encode(
            short.private_bytes(DER, serialization.PrivateFormat.PKCS8, clear)
        ).decode(),
        "not an RSA key": base64.b64encode(curve.private_bytes(DER, serialization.PrivateFormat.PKCS8, clear)).decode(),
    }

    for why, text in refused.items():
        with pytest.raises(keys.BadKey) as caught:
            keys.check(text, PUBLIC)
        assert str(caught.value) == why
    with pytest.raises(keys.BadKey, match="not the public one"):
        keys.check(PRIVATE, PRIVATE)
