"""RSA2 (SHA-256 with RSA, PKCS #1 v1.5) over text. Keys are PEM, or the bare base64 that Alipay's key tool shows."""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.simulator import fields

HASH = hashes.SHA256()


def new_private() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@lru_cache(maxsize=64)
def public_of(private: str) -> str:
    """The public half, bare."""
    der = _private(private).public_key()
    encoded = der.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(encoded).decode()


def sign(private: str, text: str) -> str:
    return base64.b64encode(_private(private).sign(text.encode(), padding.PKCS1v15(), HASH)).decode()


def is_signed(public: str, text: str, signature: str) -> bool:
    try:
        _public(public).verify(base64.b64decode(signature, validate=True), text.encode(), padding.PKCS1v15(), HASH)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def check_public(text: str) -> str:
    """Raises: Refusal 422 when it is no RSA key of 2048 bits or more."""
    try:
        key = _public(text)
    except (ValueError, binascii.Error) as error:
        raise fields.invalid("This is no public key.") from error
    if key.key_size < 2048:
        raise fields.invalid("The key must have 2048 bits at least.")
    return text


@lru_cache(maxsize=64)
def _public(text: str) -> rsa.RSAPublicKey:
    key = serialization.load_der_public_key(_der(text))
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("no RSA key")
    return key


@lru_cache(maxsize=64)
def _private(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(_der(text), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("no RSA key")
    return key


def _der(text: str) -> bytes:
    lines = [line for line in text.split() if line]
    bare = "".join(lines) if "-----" not in text else "".join(text.strip().splitlines()[1:-1])
    return base64.b64decode(bare, validate=True)
