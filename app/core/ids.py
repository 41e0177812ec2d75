"""Ids: UUIDv7 in the database (so that keys grow with time), a prefix and 26 letters in the open.

They are made here and nowhere else: `new_id` for what begins now, `derive` for what a request makes that may come
again, `named` for what there is only one of, `moved` for what is written as of another time. Companies are told of
nothing but new ids: some of them find a payment by the moment at which we made its id (`made_at`).
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from datetime import UTC, datetime

from app.core import clock
from app.core.errors import NotFound

# Crockford's base 32 in lower case: no i, l, o, u, so that an id can be read out on the telephone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Two letters at a time: half the work.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
# The letters as `int` reads base 32; whatever is none of them as what it refuses.
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_AS_DIGITS = bytes(ord(dict(zip(_ALPHABET, _DIGITS, strict=True)).get(chr(each), "!")) for each in range(256))
_LENGTH = 26
_STEP_NS = 250  # what an id can tell apart
_AGAIN_NS = 1_000_000_000  # our measure of the database's clock may become this much better
_of_thread = threading.local()


def new_id() -> uuid.UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of the database's milliseconds, 12 bits of their fraction, then 62 random bits.
    One made after another by the same thread is the larger one, unless the clock was set back meanwhile."""
    moment_ns = clock.real_ns()
    if 0 <= (last_ns := getattr(_of_thread, "last_ns", 0)) - moment_ns < _AGAIN_NS:
        moment_ns = last_ns + _STEP_NS
    _of_thread.last_ns = moment_ns
    milliseconds, rest_ns = divmod(moment_ns, 1_000_000)
    return _seven(milliseconds, ((rest_ns << 12) // 1_000_000 << 64) | int.from_bytes(os.urandom(8), "big"))


def derive(source: uuid.UUID, name: str) -> uuid.UUID:
    """The id that `source` (a request, a form's owner) makes under this name: the same one every time, and a UUIDv7
    like any other, with the time of its source; of a source that has no time, with 1970."""
    milliseconds = source.int >> 80 if source.version == 7 else 0
    digest = hashlib.sha256(source.bytes + name.encode()).digest()
    return _seven(milliseconds, int.from_bytes(digest[:10], "big"))


def named(space: uuid.UUID, name: str) -> uuid.UUID:
    """The id of the one thing of this name in this space, such as an account: a UUIDv5, the same for ever. Only we use
    it; it has no time in it."""
    return uuid.uuid5(space, name)


def made_at(value: uuid.UUID) -> datetime | None:
    """When the id was made, to the millisecond; None when it does not tell."""
    if value.version != 7:
        return None
    seconds, milliseconds = divmod(value.int >> 80, 1000)
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
    except (OverflowError, ValueError):  # a forged one: a year that no calendar has
        return None


def moved(value: uuid.UUID, by_ms: int) -> uuid.UUID:
    """A new id, as if this one had been made so many milliseconds later: of two made one after the other, the moved
    ones keep their order. One that tells no time becomes one of now."""
    if value.version != 7:
        return new_id()
    fraction = value.int & (0xFFF << 64)
    return _seven((value.int >> 80) + by_ms, fraction | int.from_bytes(os.urandom(8), "big"))


def _seven(milliseconds: int, rest: int) -> uuid.UUID:
    """A UUIDv7 of these milliseconds and 74 of the 80 bits of the rest: version and variant take their places."""
    value = (milliseconds << 80) | (rest & ((1 << 80) - 1))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def first_at(moment: datetime) -> uuid.UUID:
    """The smallest id that could have been made at this moment: ids from here on are younger."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x2 << 62))


def show(prefix: str, value: uuid.UUID) -> str:
    """The id as the outside sees it: `ord_01h…`, 26 letters after the prefix."""
    number = value.int
    letters = "".join([_PAIRS[(number >> place) & 0x3FF] for place in range(5 * _LENGTH - 10, -1, -10)])
    return f"{prefix}_{letters}"


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
    try:
        number = int(letters.encode("ascii").translate(_AS_DIGITS), 32)
    except ValueError:
        return None
    return uuid.UUID(int=number) if number < 1 << 128 else None
