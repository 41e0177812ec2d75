"""Where an order is sent to: kept among its `details`, so that it is erased, exported and pruned with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.errors import Invalid

ADDRESS = "shipping_address"  # among the details of a session, and of its order
FIELD = "address_"  # what a checkout asks for a member begins with it
# By member: how long it may be, and whether there is no address without it. In the order of a label.
MEMBERS: Mapping[str, tuple[int, bool]] = {
    "name": (120, True),
    "line1": (200, True),
    "line2": (200, False),
    "postal_code": (20, False),
    "city": (120, True),
    "region": (120, False),
    "country": (2, True),
}


def address_of(said: Mapping[str, Any]) -> dict[str, str]:
    """The address as it is kept: what is empty is left out.

    Raises:
        Invalid: a member is missing, too long, or no text of one line; `details.param` says which.
    """
    kept = {name: str(said.get(name) or "").strip() for name in MEMBERS}
    kept["country"] = kept["country"].upper()
    for name, (most, is_needed) in MEMBERS.items():
        text = kept[name]
        if is_needed and not text:
            raise _wrong(name, f"An address needs its {name}.")
        if not is_one_line(name, text):
            raise _wrong(name, f"Use at most {most} characters on one line.")
    if not (len(kept["country"]) == 2 and kept["country"].isascii() and kept["country"].isalpha()):
        raise _wrong("country", "A country is its two letters, such as DE.")
    return {name: text for name, text in kept.items() if text}


def lacking(address: Mapping[str, str]) -> str:
    """The first member that there is no address without, and that is empty; empty when there is none."""
    return next((name for name, (_, is_needed) in MEMBERS.items() if is_needed and not address.get(name)), "")


def is_one_line(name: str, text: str) -> bool:
    """Whether the member can be this text."""
    return len(text) <= MEMBERS[name][0] and text.isprintable()


def _wrong(name: str, message: str) -> Invalid:
    return Invalid("invalid_shipping_address", message, details={"param": f"{ADDRESS}.{name}"})
