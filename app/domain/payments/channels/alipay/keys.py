"""RSA2: SHA-256 with RSA (PKCS #1 v1.5) over text, with keys as Alipay's tools write them.

Short keys, the wrong half of a pair and signatures that are not clean base64 are refused."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.domain.payments.channels.alipay import certificates

MIN_KEY_BITS = 2048
PEM_MARK = re.compile(r"-----(?:BEGIN|END) [A-Z ]{3,40}-----")
Key = TypeVar("Key", rsa.RSAPrivateKey, rsa.RSAPublicKey)
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)


class BadKey(ValueError):
    """A key that is none, of the wrong kind, or too short."""


def signature(private_key: str, fields: Mapping[str, str]) -> str:
    """The signature over all fields, sorted by name. Raises BadKey."""
    content = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    signed = _private(private_key).sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signed).decode()


def is_signed(public_keys: list[str], content: str, signature: str) -> bool:
    """Whether one of the keys signed exactly this text. Empty and broken keys believe nothing."""
    try:
        signed, text = base64.b64decode(signature, validate=True), content.encode()
    except ValueError:
        return False
    return any(_believes(key, text, signed) for key in public_keys if key)


def check(private_key: str, public_key: str) -> None:
    """Raises BadKey when one of the pair cannot be used."""
    _private(private_key)
    _public(public_key)


def _believes(public_key: str, text: bytes, signed: bytes) -> bool:
    try:
        _public(public_key).verify(signed, text, padding.PKCS1v15(), hashes.SHA256())
    except (BadKey, InvalidSignature):
        return False
    return True


@lru_cache(maxsize=128)
def _private(text: str) -> rsa.RSAPrivateKey:
    der = _readable(text)
    try:
        key = serialization.load_der_private_key(der, password=None)
    except _UNREADABLE as error:
        raise BadKey("not an RSA key, or not the private one") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadKey("not an RSA key")
    return _long_enough(key)


@lru_cache(maxsize=128)
def _public(text: str) -> rsa.RSAPublicKey:
    der = _readable(text)
    try:
        key = serialization.load_der_public_key(der)
    except _UNREADABLE as error:
        raise BadKey("not an RSA key, or not the public one") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadKey("not an RSA key")
    return _long_enough(key)


def _long_enough(key: Key) -> Key:
    if key.key_size < MIN_KEY_BITS:
        raise BadKey("the key is too short")
    return key


def _readable(text: str) -> bytes:
    """The key's DER, from the bare base64 that Alipay's key tool shows or from PEM, with or without its line ends:
    a form's one-line field takes them away. Of a certificate its key."""
    if "BEGIN CERTIFICATE" in text:
        try:
            return certificates.key_of(text)
        except certificates.BadCertificate as error:
            raise BadKey(str(error)) from error
    bare = "".join(PEM_MARK.sub("", text).split())
    try:
        return base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKey("neither PEM nor base64") from error
