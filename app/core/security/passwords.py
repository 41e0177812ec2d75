"""Passwords: argon2id, a few at a time, and the same work whether or not the account exists."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Invalid

MIN_LENGTH, MAX_LENGTH = 10, 200
# Of zxcvbn's five: 10^8 guesses and more, which a list of common passwords, or one with a year behind it, never needs.
MIN_SCORE = 3
_MAX_ESTIMATED = 72  # its time grows with the square of the length, and what is longer is not guessed
# One check takes 64 MB and some tens of milliseconds: more than two at once would starve checkout on a small machine.
_turn = threading.BoundedSemaphore(2)
_hasher = PasswordHasher()


def use_cost(*, cheap: bool) -> None:
    """The cost of hashing for this process; cheap is for tests only."""
    global _hasher
    _hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1) if cheap else PasswordHasher()


def check_new(password: str, *, about: Iterable[str] = ()) -> None:
    """That a password may be chosen; `about` is what others know of its person, such as the email address.

    Raises:
        Invalid: `invalid_password` (too short or long), or `common_password` (among the first that somebody would try).
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid("invalid_password", f"A password has at least {MIN_LENGTH} characters.")
    # Loaded when somebody chooses a password, not with every process.
    from zxcvbn import zxcvbn

    known = [part for text in about for part in (text, *text.split("@"), *re.split(r"\W+", text)) if part]
    found = zxcvbn(password[:_MAX_ESTIMATED], user_inputs=[*known, "bursar"])
    if found["score"] < MIN_SCORE:
        text = "This password is easy to guess. Add an uncommon word or two, or take one from a password manager."
        raise Invalid("common_password", text)


def hash_password(password: str) -> str:
    """The hash to keep."""
    with _turn:
        return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; with None (no such account) the same time passes and the answer is False."""
    with _turn:
        try:
            return _hasher.verify(password_hash or _any_hash(), password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made at another cost than today's and should be made again."""
    return _hasher.check_needs_rehash(password_hash)


def _any_hash() -> str:
    """A hash that no password has, of today's cost; put together, since making one would take its time."""
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${'A' * 22}${'A' * 43}"
