"""Ids: UUIDv7 in the database (so that keys grow with time), a prefix and 26 letters in the open."""

from __future__ import annotations

import os
import time
import uuid
from datetime import datetime

from app.core.errors import NotFound

# Crockford's base 32 in lower case: no i, l, o, u, so that an id can be read out on the telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26


def new_id() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of their fraction, then 62 random bits. One made
    after another by the same thread is the larger one."""
    milliseconds, rest_ns = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds << 80) | ((rest_ns << 12) // 1_000_000 << 64) | int.from_bytes(os.urandom(8), "big")
    value |= 0x7 << 76
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def first_at(moment: datetime) -> uuid.UUID:
    """The smallest id that could have been made at this moment: ids from here on are younger."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x2 << 62))


def show(prefix: str, value: uuid.UUID) -> str:
    """The id as the outside sees it: `ord_01h…`, 26 letters after the prefix."""
    number = value.int
    letters = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 32)
        letters.append(_ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(letters))}"


def parse(prefix: str, text: str) -> uuid.UUID:
    """The database's id behind a shown one.

    Raises:
        NotFound: the prefix is another one or the letters are no id; the same answer as for an id
            that does not exist, so that nothing can be learnt from the difference.
    """
    found = try_parse(text, prefix)
    if found is None:
        raise NotFound("not_found", f"There is no such object: {text[:60]!r}.")
    return found


def try_parse(text: str, prefix: str | None = None) -> uuid.UUID | None:
    """Like `parse`, with None where there is no id; without `prefix`, any prefix will do."""
    head, _, letters = text.rpartition("_")
    if (prefix is not None and head != prefix) or not head or len(letters) != _LENGTH:
        return None
    number = 0
    for letter in letters:
        digit = _VALUES.get(letter)
        if digit is None:
            return None
        number = number * 32 + digit
    return uuid.UUID(int=number) if number < 1 << 128 else None
