"""Coupon codes as they are made, typed and shown; and by what a buyer is known again."""

from __future__ import annotations

import secrets

from app.core.security.crypto import hash_secret
from app.domain.marketing.errors import BadRule
from app.lib.mailboxes import mailbox

# Crockford's: no I, L, O, U. Twelve of them are 60 bits, so that no code can be guessed.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_GROUP = 4
_ALIKE = str.maketrans("OIL", "011", " -\t\r\n\0\u2010\u2011\u2012\u2013\u2014")
MAX_TYPED = 60
SHARED = (3, 32)  # letters and digits of a shared code


def new_code() -> str:
    """A code for one coupon, in its normal form."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def normal(typed: str) -> str:
    """What a typed code is looked up as: case, dashes and blanks do not count, and letters that look like a digit are
    that digit."""
    return typed[:MAX_TYPED].upper().translate(_ALIKE)


def shown(code: str) -> str:
    """A single coupon's code for people: `7K2M-9XQ4-B1TZ`."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def shared(typed: str) -> str:
    """A shared code as it will be shown.

    Raises:
        BadRule: it is too short, too long, or has other characters than letters, digits and dashes.
    """
    text = typed.strip().upper()
    letters = text.replace("-", "")
    least, most = SHARED
    if not (letters.isascii() and letters.isalnum() and least <= len(letters) <= most) or len(text) > MAX_TYPED:
        message = f"A shared code must have {least} to {most} letters and digits, not counting dashes."
        raise BadRule("invalid_coupon", message, details={"param": "shared_code"})
    return text


def email_key(email: str | None) -> str | None:
    """The same for every alias of a mailbox: what follows a plus does not count, nor do dots where the provider
    ignores them. None without an address."""
    known = mailbox(email)
    return hash_secret(f"email:{known}")[:32] if known is not None else None


def device_key(device: str | None) -> str | None:
    """What a device is known again by; None when the merchant said nothing of it."""
    return hash_secret(f"device:{device}")[:32] if device else None
