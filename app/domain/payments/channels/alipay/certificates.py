"""Certificate mode: each request names our certificate and Alipay's root certificates, and their key is in theirs."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from app.domain.payments.channels.types import Settings

# Line breaks are as good as spaces: a form with one line takes them out.
PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
RSA_SIGNATURES = "1.2.840.113549.1.1."
NAMES = (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME)


class BadCertificate(ValueError):
    """A certificate that is none."""


def named(settings: Settings) -> dict[str, str]:
    """What a request says of certificates; nothing in key mode.

    Raises:
        BadCertificate: one of the two is missing, or is none.
    """
    ours, root = settings.get("app_cert") or "", settings.get("alipay_root_cert") or ""
    if not ours and not root:
        return {}
    return {"app_cert_sn": _first(ours), "alipay_root_cert_sn": _roots(root)}


def key_of(text: str) -> bytes:
    """The public key in a certificate, as DER. Raises BadCertificate."""
    try:
        key = _read(text)[0].public_key()
    except ValueError as error:
        raise BadCertificate("the certificate's key cannot be used") from error
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@lru_cache(maxsize=128)
def _first(text: str) -> str:
    """The number of our certificate; what follows it in the file is whoever issued it."""
    return _number(_read(text)[0])


@lru_cache(maxsize=128)
def _roots(text: str) -> str:
    """The numbers of the root certificates that sign with RSA; those for other ways of signing are left out."""
    numbers = [_number(each) for each in _read(text) if _is_rsa(each)]
    if not numbers:
        raise BadCertificate("no root certificate that signs with RSA")
    return "_".join(numbers)


def _is_rsa(certificate: x509.Certificate) -> bool:
    return certificate.signature_algorithm_oid.dotted_string.startswith(RSA_SIGNATURES)


def _number(certificate: x509.Certificate) -> str:
    """Alipay's way to number a certificate: a digest of who issued it and its serial number."""
    issuer = {each.oid: str(each.value) for each in certificate.issuer}
    name = "CN={},OU={},O={},C={}".format(*(issuer.get(oid) for oid in NAMES))
    return hashlib.md5(f"{name}{certificate.serial_number}".encode(), usedforsecurity=False).hexdigest()


def _read(text: str) -> list[x509.Certificate]:
    """The certificates in the text, at least one. Raises BadCertificate."""
    try:
        found = [x509.load_der_x509_certificate(base64.b64decode("".join(body.split()))) for body in PEM.findall(text)]
    except ValueError as error:
        raise BadCertificate("a certificate that is none") from error
    if not found:
        raise BadCertificate("no certificate")
    return found
