"""What entries name, in the one form in which it is looked for; and all forms under which a buyer can be found."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from app.core.errors import Invalid
from app.core.security.crypto import hash_secret
from app.domain.risk.types import EntryKind
from app.lib.mailboxes import mailbox
from app.lib.networks import read_address

MAX_VALUE = 254
# A wider network would be half a country.
WIDEST_4, WIDEST_6 = 8, 16
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_BETWEEN_DIGITS = str.maketrans("", "", " -./()")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Who pays, as far as it is known."""

    buyer: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    device: str | None = None


def normal(kind: EntryKind, typed: str) -> str:
    """The one form of a value: a mailbox without alias, a phone number in E.164, a network by its first address.

    Raises:
        Invalid: it is no value of the kind.
    """
    text = typed.strip()
    if not 0 < len(text) <= MAX_VALUE or not text.isprintable():
        raise _wrong(f"Enter a value of at most {MAX_VALUE} characters.")
    if kind == EntryKind.EMAIL:
        return _mailbox(text)
    if kind == EntryKind.EMAIL_DOMAIN:
        domain = text.lower().removeprefix("@").removesuffix(".")
        if not _DOMAIN.fullmatch(domain):
            raise _wrong("Enter a domain, such as mail.example.")
        return domain
    if kind == EntryKind.PHONE:
        number = text.translate(_BETWEEN_DIGITS)
        if not _PHONE.fullmatch(number):
            raise _wrong("Enter a phone number with its country code, such as +49 30 123456.")
        return number
    return _network(text) if kind == EntryKind.ADDRESS else text


def key_of(kind: EntryKind, value: str) -> str:
    """By what an entry of this normal form is found."""
    return hash_secret(f"risk:{kind}:{value}")[:32]


def keys_of(subject: Subject) -> dict[str, EntryKind]:
    """Every key under which an entry could name somebody, with its kind: each network around their address, and each
    domain above that of their mailbox."""
    found = [(EntryKind.BUYER, subject.buyer)]
    if (box := mailbox(subject.email)) is not None:
        labels = box.rpartition("@")[2].split(".")
        found += [(EntryKind.EMAIL, box)]
        found += [(EntryKind.EMAIL_DOMAIN, ".".join(labels[start:])) for start in range(len(labels) - 1)]
    if subject.phone:
        found.append((EntryKind.PHONE, subject.phone.translate(_BETWEEN_DIGITS)))
    if subject.device:
        found.append((EntryKind.DEVICE, subject.device))
    found += [(EntryKind.ADDRESS, network) for network in _around(subject.address)]
    return {key_of(kind, value): kind for kind, value in found}


def _mailbox(text: str) -> str:
    box = mailbox(text)
    if box is None or not _DOMAIN.fullmatch(box.rpartition("@")[2]) or " " in box:
        raise _wrong("Enter an email address.")
    return box


def _network(text: str) -> str:
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise _wrong("Enter an IP address, or a network such as 203.0.113.0/24.") from None
    widest = WIDEST_4 if found.version == 4 else WIDEST_6
    if found.prefixlen < widest:
        raise _wrong(f"A network can be /{widest} at the widest.")
    return str(found)


def _around(address: str | None) -> list[str]:
    found = read_address(address or "")
    if found is None:
        return []
    widest = WIDEST_4 if found.version == 4 else WIDEST_6
    lengths = range(widest, found.max_prefixlen + 1)
    return [str(ipaddress.ip_network((found, length), strict=False)) for length in lengths]


def _wrong(message: str) -> Invalid:
    return Invalid("invalid_risk_entry", message, details={"param": "value"})
