"""Which company an order is for: kept among its `details`, so that it is erased, exported and pruned with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.errors import Invalid
from app.core.i18n.marks import N_

DETAILS = "billing_details"  # among the details of a session, and of its order
FIELD = "billing_"  # what a checkout asks for a member begins with it
MAX_ADDRESS_LINES = 6
# By member: how long it may be, and whether there is no invoice to a company without it. In the order of a form.
MEMBERS: Mapping[str, tuple[int, bool]] = {
    "company": (120, True),
    "tax_number": (40, False),
    "name": (120, False),
    "address": (400, True),
}


def billing_of(said: Mapping[str, Any]) -> dict[str, str]:
    """The same as `needed`, but nothing of nothing.

    Raises:
        Invalid: as `needed`.
    """
    return needed(said) if any(str(said.get(name) or "").strip() for name in MEMBERS) else {}


def needed(said: Mapping[str, Any]) -> dict[str, str]:
    """Who is invoiced, as it is kept: what is empty is left out.

    Raises:
        Invalid: a member is missing, too long, or no printable text; `details.param` says which.
    """
    kept = partly(said)
    if name := lacking(kept):
        raise _wrong(name, NEEDED[name])
    return kept


def lacking(kept: Mapping[str, str]) -> str:
    """The first member that there is no receipt for a company without, and that is empty; empty when there is none."""
    return next((name for name, (_, is_needed) in MEMBERS.items() if is_needed and not kept.get(name)), "")


def partly(said: Mapping[str, Any]) -> dict[str, str]:
    """What was said so far, as it is kept: what is empty is left out.

    Raises:
        Invalid: a member is too long, or no printable text; `details.param` says which.
    """
    kept = {name: _clean(name, str(said.get(name) or "")) for name in MEMBERS}
    for name, (most, _) in MEMBERS.items():
        lines = kept[name].split("\n")
        most_lines = MAX_ADDRESS_LINES if name == "address" else 1
        if len(kept[name]) > most or len(lines) > most_lines or not all(line.isprintable() for line in lines):
            raise _wrong(name, N_("Check what you entered."))
    return {name: text for name, text in kept.items() if text}


NEEDED = {"company": N_("Enter the name of the company."), "address": N_("Enter the address of the company.")}


def _clean(name: str, text: str) -> str:
    """Without blanks around it; of an address, also without empty lines."""
    if name != "address":
        return text.strip()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _wrong(name: str, message: str) -> Invalid:
    return Invalid("invalid_billing_details", message, details={"param": f"{DETAILS}.{name}"})
