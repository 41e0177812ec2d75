"""RSA2 through python-alipay-sdk. Our own part is refusing keys and signatures that it would be lenient about."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from app.domain.payments.channels.alipay import certificates

SHORTEST_KEY_BITS = 2048
PEM_MARK = re.compile(r"-----(?:BEGIN|END) [A-Z ]{3,40}-----")


class BadKey(ValueError):
    """A key that is none, of the wrong kind, or too short."""


def signature(private_key: str, fields: Mapping[str, str]) -> str:
    """The signature over all fields, sorted by name. Raises BadKey."""
    signed: str = _signer(private_key).sign_data(dict(fields))
    return dict(parse_qsl(signed, keep_blank_values=True, strict_parsing=True))["sign"]


def is_signed(public_keys: list[str], content: str, given: str) -> bool:
    """Whether one of the keys signed exactly this text. Empty and broken keys believe nothing."""
    try:
        base64.b64decode(given, validate=True)  # the library skips what is no base64
    except (binascii.Error, ValueError):
        return False
    return any(_believes(key, content, given) for key in public_keys if key)


def check(private_key: str, public_key: str) -> None:
    """Raises BadKey when one of the pair cannot be used."""
    _signer(private_key)
    _verifier(public_key)


def _believes(public_key: str, content: str, given: str) -> bool:
    try:
        return bool(_verifier(public_key)._verify(content, given))
    except ValueError:
        return False


@lru_cache(maxsize=128)
def _signer(private_key: str) -> Any:
    return _client(private_key, has_private=True)


@lru_cache(maxsize=128)
def _verifier(public_key: str) -> Any:
    return _client(public_key, has_private=False)


def _client(text: str, *, has_private: bool) -> Any:
    """The library's client around one key, given as both: it wants a pair, we have half of each side's."""
    from alipay import AliPay  # it takes a while to load, and not everybody pays by Alipay

    key = _readable(text)
    try:
        client = AliPay(appid="", app_private_key_string=key, alipay_public_key_string=key, sign_type="RSA2")
    except (ValueError, IndexError, TypeError) as error:
        raise BadKey("not an RSA key") from error
    known = client.app_private_key
    if known.has_private() is not has_private:
        raise BadKey("the private key is needed" if has_private else "the public key is needed")
    if known.size_in_bits() < SHORTEST_KEY_BITS:
        raise BadKey("the key is too short")
    return client


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
