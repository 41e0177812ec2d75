"""Whether somebody can be written to at an address."""

from __future__ import annotations

from app.core.errors import Invalid

MAX_LETTERS = 320


def check_address(email: str) -> str:
    """The address as it is stored, in small letters.

    Raises:
        Invalid: it is no email address.
    """
    address = email.strip().lower()
    name, _, host = address.rpartition("@")
    is_odd = any(letter.isspace() or letter in ',;<>"' for letter in address)
    if not name or "." not in host.strip(".") or len(address) > MAX_LETTERS or not address.isprintable() or is_odd:
        raise Invalid("invalid_email", "Invalid email address.", details={"param": "email"})
    return address
