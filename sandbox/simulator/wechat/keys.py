"""Signatures and seals of API v3. Keys are PEM; a merchant's public half may come inside its certificate."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from sandbox.simulator import fields

HASH = hashes.SHA256()


def new_private() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def new_serial() -> str:
    """As the ids of their public keys look."""
    return f"PUB_KEY_ID_{secrets.randbelow(10**22):022d}"


def public_of(private: str) -> str:
    """The public half as PEM."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return _private(private).public_key().public_bytes(encoding, form).decode()


def new_certificate(private: str, *, ends_at: float) -> tuple[str, str]:
    """Serial and PEM of a platform certificate for this key, from now on."""
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    made = (
        x509.CertificateBuilder(issuer, subject, _private(private).public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(minutes=1))
        .not_valid_after(datetime.fromtimestamp(ends_at, UTC))
        .sign(_private(private), HASH)
    )
    return f"{made.serial_number:040X}", made.public_bytes(serialization.Encoding.PEM).decode()


def sign(private: str, message: bytes) -> str:
    return base64.b64encode(_private(private).sign(message, padding.PKCS1v15(), HASH)).decode()


def is_signed(public: str, message: bytes, signature: str) -> bool:
    try:
        _public(public).verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), HASH)
    except (InvalidSignature, ValueError):
        return False
    return True


def encrypt(key: str, content: bytes, *, nonce: str, about: str) -> str:
    sealed = AESGCM(key.encode()).encrypt(nonce.encode(), content, about.encode())
    return base64.b64encode(sealed).decode()


def decrypt_oaep(private: str, sealed: str) -> str:
    """What a merchant sealed with our public key. Raises: Refusal 422."""
    sha1 = hashes.SHA1()  # noqa: S303  # nosec B303
    try:
        return (
            _private(private).decrypt(base64.b64decode(sealed), padding.OAEP(padding.MGF1(sha1), sha1, None)).decode()
        )
    except ValueError as error:
        raise fields.invalid("This was not sealed with our key.") from error


def check_public(text: str) -> str:
    """Raises: Refusal 422 when it is no RSA key or certificate."""
    try:
        _public(text)
    except ValueError as error:
        raise fields.invalid("This is no public key.") from error
    return text


def check_private(text: str) -> str:
    """Raises: Refusal 422 when it is no RSA key."""
    try:
        _private(text)
    except (ValueError, TypeError) as error:
        raise fields.invalid("This is no private key.") from error
    return text


@lru_cache(maxsize=64)
def _public(text: str) -> rsa.RSAPublicKey:
    pem, is_certificate = text.encode(), "CERTIFICATE" in text
    key = x509.load_pem_x509_certificate(pem).public_key() if is_certificate else serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("no RSA key")
    return key


@lru_cache(maxsize=64)
def _private(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(text.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("no RSA key")
    return key
