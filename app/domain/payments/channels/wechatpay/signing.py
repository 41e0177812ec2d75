"""Keys and proofs of API v3: our signature, theirs by the serial of the key that made it, and sealed notices."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from cryptography.x509 import load_der_x509_certificate

from app.core import clock
from app.domain.payments.channels.types import Settings
from app.lib.strict_json import Unreadable, read_object

SCHEME = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_S = 300
NEEDED = ("base_url", "mchid", "appid", "api_v3_key", "private_key", "merchant_serial")
# Line breaks are as good as spaces: a form with one line takes them out.
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_LABELLED = re.compile(r"([A-Za-z0-9_]+)\s*[:=]\s*(-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----)")


class Misconfigured(ValueError):
    """The settings cannot work; the text says which and why, without repeating it."""


class Distrusted(ValueError):
    """What came is not proven to come from WeChat Pay; `code` as in `NoticeRefused`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class PlatformKey:
    """A key of theirs; one that came in a certificate has an end."""

    key: RSAPublicKey
    expires_at: datetime | None


NO_KEYS: Mapping[str, PlatformKey] = {}


def check(settings: Settings) -> None:
    """Nothing when these settings can be used.

    Raises:
        Misconfigured: one is missing, or is not what it should be.
    """
    missing = [name for name in NEEDED if not settings.get(name)]
    if missing:
        raise Misconfigured(f"settings missing: {', '.join(missing)}")
    if len(settings["api_v3_key"].encode()) != 32:
        raise Misconfigured("the API v3 key must have 32 characters")
    private_key(settings["private_key"])
    if settings.get("platform_keys"):
        platform_keys(settings["platform_keys"])


def authorization(settings: Settings, method: str, path: str, body: bytes) -> str:
    """The `Authorization` of a request; `path` with its query."""
    timestamp, nonce = now_text(), secrets.token_hex(16)
    message = f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
    fields = {
        "mchid": settings["mchid"],
        "nonce_str": nonce,
        "signature": sign(settings, message),
        "timestamp": timestamp,
        "serial_no": settings["merchant_serial"],
    }
    return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in fields.items())


def sign(settings: Settings, message: bytes) -> str:
    """Our signature, in base64."""
    signature = private_key(settings["private_key"]).sign(message, PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode()


def verify(
    settings: Settings, headers: Mapping[str, str], body: bytes, *, fetched: Mapping[str, PlatformKey] = NO_KEYS
) -> None:
    """Nothing when these headers prove that the body is theirs and was said just now. `fetched` are keys that count
    beside those of the settings, by plain serial.

    Raises:
        Distrusted: `unknown_serial`, `bad_signature`, or, with a good signature, `stale`.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    part = {name: by_name.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "signature", "serial")}
    if not all(part.values()):
        raise Distrusted("bad_signature")
    found = _trusted(settings, fetched).get(plain(part["serial"]))
    if found is None:
        raise Distrusted("unknown_serial")
    message = f"{part['timestamp']}\n{part['nonce']}\n".encode() + body + b"\n"
    try:
        signature = base64.b64decode(part["signature"], validate=True)
        found.key.verify(signature, message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError) as error:
        raise Distrusted("bad_signature") from error
    timestamp = part["timestamp"]
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    if not is_number or abs(int(timestamp) - int(now_text())) > TOLERANCE_S:
        raise Distrusted("stale")


def serial_of(headers: Mapping[str, str]) -> str:
    """The serial of the key that signed, as the headers say; empty when they do not."""
    return next((value for name, value in headers.items() if name.lower() == "wechatpay-serial"), "")


def sealed_for_them(settings: Settings, text: str) -> str:
    """The text as only they can read it, by the key that requests name as `Wechatpay-Serial`. Raises Misconfigured."""
    key = next(iter(platform_keys(settings.get("platform_keys", "")).values())).key
    # The padding that they prescribe.
    sha1 = SHA1()  # noqa: S303  # nosec B303
    return base64.b64encode(key.encrypt(text.encode(), OAEP(MGF1(sha1), sha1, None))).decode()


def unseal(settings: Settings, *, ciphertext: str, nonce: str, associated_data: str) -> bytes:
    """What they sealed with the API v3 key.

    Raises:
        Distrusted: `undecipherable`: sealed with another key, or changed on the way.
    """
    try:
        opened = AESGCM(settings.get("api_v3_key", "").encode()).decrypt(
            nonce.encode(), base64.b64decode(ciphertext, validate=True), associated_data.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise Distrusted("undecipherable") from error
    return opened


@lru_cache(maxsize=256)
def private_key(text: str) -> RSAPrivateKey:
    """Our key from its PEM. Raises Misconfigured."""
    found = _PEM.search(text)
    try:
        key = load_der_private_key(_der(found[2] if found else text), password=None)
    except (ValueError, TypeError) as error:
        raise Misconfigured("the private key is no PEM of an RSA key") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise Misconfigured("the private key is no RSA key of 2048 bits or more")
    return key


@lru_cache(maxsize=256)
def platform_keys(text: str) -> dict[str, PlatformKey]:
    """Their keys by serial, in upper case, in the order they were written. A certificate needs no serial beside it.

    Raises:
        Misconfigured: nothing was found, or something that is no key.
    """
    try:
        pairs = list(read_object(text.encode()).items()) if text.lstrip().startswith("{") else _LABELLED.findall(text)
    except Unreadable as error:
        raise Misconfigured("the platform keys are no JSON object of serials and PEMs") from error
    keys = {serial.upper(): _platform_key(serial, str(pem)) for serial, pem in pairs}
    if not keys:
        keys = dict(_certificate(match[2]) for match in _PEM.finditer(text) if match[1] == "CERTIFICATE")
    if not keys:
        raise Misconfigured("the platform keys are no list of `serial: PEM`")
    return keys


def labelled(text: str) -> list[tuple[str, str]]:
    """The pairs of serial and PEM in a text that `platform_keys` reads."""
    return [(str(serial), str(pem)) for serial, pem in _LABELLED.findall(text)]


def bare(pem: str) -> str:
    """The first PEM in the text, on one line and without what stands around it; empty when there is none."""
    found = _PEM.search(pem)
    return " ".join(found[0].split()) if found else ""


def certificate(pem: str) -> tuple[str, PlatformKey]:
    """The plain serial and the key of a platform certificate. Raises Misconfigured."""
    found = _PEM.search(pem)
    if found is None or found[1] != "CERTIFICATE":
        raise Misconfigured("this is no certificate")
    return _certificate(found[2])


def plain(serial: str) -> str:
    """Serials of certificates are written with and without zeros in front."""
    return serial.upper().lstrip("0")


def now_text() -> str:
    """Seconds by the database's clock: the company does not follow when ours is moved for a test."""
    return str(int(clock.real_s()))


def _trusted(settings: Settings, fetched: Mapping[str, PlatformKey]) -> dict[str, PlatformKey]:
    try:
        written = settings.get("platform_keys")
        keys = {plain(serial): each for serial, each in platform_keys(written).items()} if written else {}
    except Misconfigured:
        return {}
    moment = datetime.fromtimestamp(clock.real_s(), UTC)
    both = {**fetched, **keys}
    return {serial: each for serial, each in both.items() if each.expires_at is None or each.expires_at > moment}


def _platform_key(serial: str, pem: str) -> PlatformKey:
    found = _PEM.search(pem)
    if found is not None and found[1] == "CERTIFICATE":
        own_serial, key = _certificate(found[2])
        if own_serial != plain(serial):
            raise Misconfigured(f"the certificate beside {serial[:64]} has another serial")
        return key
    try:
        loaded = load_der_public_key(_der(found[2] if found else pem))
    except ValueError as error:
        raise Misconfigured(f"the key of {serial[:64]} is no PEM of a public key or certificate") from error
    return PlatformKey(_strong(loaded), None)


def _certificate(encoded: str) -> tuple[str, PlatformKey]:
    try:
        certificate = load_der_x509_certificate(_der(encoded))
        loaded = certificate.public_key()
    except ValueError as error:
        raise Misconfigured("this is no certificate") from error
    return f"{certificate.serial_number:X}", PlatformKey(_strong(loaded), certificate.not_valid_after_utc)


def _strong(key: object) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise Misconfigured("a platform key is no RSA key of 2048 bits or more")
    return key


def _der(encoded: str) -> bytes:
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
