"""How buyers are written down, and what there may be of them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.domain.buyers.errors import InvalidBuyer
from app.domain.buyers.models import Buyer
from app.domain.buyers.types import MAX_ADDRESSES, MAX_ATTRIBUTES, MAX_GROUPS, Address

MAX_REFERENCE = 120
MAX_NAME = 120
MAX_NOTE = 4000
# What is left of an erased buyer, beside a pseudonym.
EMPTY: Mapping[str, Any] = {
    **{"email": None, "email_verified_at": None, "phone": None, "phone_verified_at": None, "name": None},
    **{"groups": [], "attributes": {}, "addresses": []},
}
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_GROUP = re.compile(r"[a-z0-9_-]{1,40}", re.ASCII)
_ATTRIBUTE = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff\ufffe\uffff]")
_LINES = frozenset(Address.__annotations__)


def normal_email(text: str | None) -> str | None:
    """The address as buyers are found by it, or None for none.

    Raises:
        InvalidBuyer: it is none.
    """
    email = (text or "").strip().lower()
    if not email:
        return None
    if not _EMAIL.fullmatch(email) or len(email) > 254 or _CONTROL.search(email):
        raise _wrong("email", "Enter a valid email address.")
    return email


def normal_phone(text: str | None) -> str | None:
    """The number as E.164 writes it, or None for none.

    Raises:
        InvalidBuyer: it is none.
    """
    phone = re.sub(r"[\s()./-]", "", text or "")
    if not phone:
        return None
    if not _PHONE.fullmatch(phone):
        raise _wrong("phone", "Enter a phone number with its country code, such as +4915112345678.")
    return phone


def clean_reference(text: str) -> str:
    """A reference as it is kept.

    Raises:
        InvalidBuyer: it is empty, too long, or not printable.
    """
    reference = text.strip()
    if not 1 <= len(reference) <= MAX_REFERENCE or _CONTROL.search(reference):
        raise _wrong("reference", f"A reference has 1 to {MAX_REFERENCE} printable characters.")
    return reference


def clean_name(text: str | None) -> str | None:
    """A name as it is kept, or None for none.

    Raises:
        InvalidBuyer: it is too long, or not printable.
    """
    name = (text or "").strip()
    if len(name) > MAX_NAME or _CONTROL.search(name):
        raise _wrong("name", f"A name has at most {MAX_NAME} printable characters.")
    return name or None


def clean_locale(text: str | None) -> str | None:
    """A language tag, or None for none.

    Raises:
        InvalidBuyer: it is none.
    """
    locale = (text or "").strip()
    if locale and not (_LOCALE.fullmatch(locale) and len(locale) <= 20):
        raise _wrong("locale", "Enter a language such as en or pt-BR.")
    return locale or None


def clean_groups(groups: Iterable[str]) -> list[str]:
    """Groups, each once, in their order.

    Raises:
        InvalidBuyer: there are too many, or one is none.
    """
    found = list(dict.fromkeys(each.strip() for each in groups if each.strip()))
    if len(found) > MAX_GROUPS or not all(_GROUP.fullmatch(each) for each in found):
        raise _wrong("groups", f"A buyer has at most {MAX_GROUPS} groups of small letters, digits, - and _.")
    return found


def clean_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """The merchant's own texts.

    Raises:
        InvalidBuyer: there are too many, a name is none, or a text is too long.
    """
    if len(attributes) > MAX_ATTRIBUTES or not all(_ATTRIBUTE.fullmatch(name) for name in attributes):
        raise _wrong("attributes", f"A buyer has at most {MAX_ATTRIBUTES} attributes, named like `tax_id`.")
    if any(len(text) > 500 or _CONTROL.search(text) for text in attributes.values()):
        raise _wrong("attributes", "An attribute has at most 500 printable characters.")
    return dict(attributes)


def clean_addresses(addresses: Sequence[Address]) -> list[dict[str, str]]:
    """Addresses without what is empty in them.

    Raises:
        InvalidBuyer: there are too many, one has an unknown or too long line, or no country where it has any line.
    """
    if len(addresses) > MAX_ADDRESSES:
        raise _wrong("addresses", f"A buyer has at most {MAX_ADDRESSES} addresses.")
    return [found for address in addresses if (found := clean_address(address))]


def clean_address(address: Mapping[str, object]) -> dict[str, str]:
    """One address without what is empty in it; nothing when all of it is.

    Raises:
        InvalidBuyer: as `clean_addresses` says.
    """
    kept = {name: str(line).strip() for name, line in address.items() if line and str(line).strip()}
    if set(kept) - _LINES or any(len(line) > 200 or _CONTROL.search(line) for line in kept.values()):
        raise _wrong("addresses", "An address has lines of at most 200 printable characters.")
    if kept and not _COUNTRY.fullmatch(kept.get("country", "")):
        raise _wrong("addresses", "An address names its country by two letters, such as DE.")
    return kept


def code_context(code_id: uuid.UUID) -> str:
    """The context with which a code to a mailbox is encrypted until it is sent and compared."""
    return f"mailbox_codes/{code_id}"


def filled(target: Buyer, merged: Buyer) -> Mapping[str, Any]:
    """What a buyer gets of one who is merged into them: what they lack, and more groups, attributes and addresses as
    far as there is room; by column, only what becomes another."""
    values = {name: getattr(merged, name) for name in ("name", "locale") if not getattr(target, name)}
    for kind in ("email", "phone"):
        mine, theirs = getattr(target, kind), getattr(merged, kind)
        proven = getattr(merged, f"{kind}_verified_at")
        # A proven one stands over one that somebody only said.
        if theirs and (not mine or (proven and not getattr(target, f"{kind}_verified_at"))):
            values |= {kind: theirs, f"{kind}_verified_at": proven}
    values["groups"] = list(dict.fromkeys([*target.groups, *merged.groups]))[:MAX_GROUPS]
    values["attributes"] = dict([*target.attributes.items(), *(
        (name, text) for name, text in merged.attributes.items() if name not in target.attributes
    )][:MAX_ATTRIBUTES])  # fmt: skip
    more = [each for each in merged.addresses if each not in target.addresses]
    values["addresses"] = [*target.addresses, *more][:MAX_ADDRESSES]
    return {name: value for name, value in values.items() if value != getattr(target, name)}


def _wrong(param: str, message: str) -> InvalidBuyer:
    return InvalidBuyer("invalid_buyer", message, details={"param": param})
