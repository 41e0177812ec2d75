"""Values that may be missing as far as types know, and are there by what the database holds."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def some(value: T | None) -> T:
    """The value, of which a constraint says that it is there.

    Raises:
        AssertionError: it is missing all the same.
    """
    assert value is not None
    return value
