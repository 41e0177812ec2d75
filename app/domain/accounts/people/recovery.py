"""Codes for the day on which the telephone is lost: `3-k7m2p-9xq4t`. The first sign says which of them it is, so that
one is compared with one hash."""

from __future__ import annotations

import re
import secrets

COUNT = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: it is copied from paper
_HALF = 5
_WRITTEN = re.compile(rf"(\d)([{_ALPHABET}]{{{2 * _HALF}}})")


def new_codes() -> list[str]:
    """Ten codes of 50 random bits each, in order."""
    return [f"{number}-{_letters()}-{_letters()}" for number in range(COUNT)]


def read(typed: str) -> tuple[int, str] | None:
    """The number of the code that was typed and the code in the form that is hashed; None when it cannot be one.
    Dashes, spaces and case do not matter."""
    found = _WRITTEN.fullmatch(re.sub(r"[\s-]", "", typed).lower())
    return (int(found[1]), found[1] + found[2]) if found else None


def _letters() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_HALF))
