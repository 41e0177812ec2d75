"""Reads JSON that comes from outside, word by word: whatever is ambiguous is refused."""

from __future__ import annotations

import json
from typing import Any

from app.lib.json_types import Json

MAX_BYTES = 256_000


class Unreadable(ValueError):
    """Somebody outside said something that cannot be used."""


def read_object(body: bytes, *, max_bytes: int = MAX_BYTES, keep_fractions: bool = False) -> Json:
    """The bytes as one JSON object: UTF-8, no key twice (two readers could take different ones), whole numbers only.
    `keep_fractions` lets others stand, for companies who write rates and scores beside their whole amounts.

    Raises:
        Unreadable: they are anything else, or more than `max_bytes`.
    """
    if len(body) > max_bytes:
        raise Unreadable("too long")
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_no_key_twice,
            parse_float=float if keep_fractions else _no_such_number,
            parse_constant=_no_such_number,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable("not the JSON we expect") from error
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def text(data: Json, name: str) -> str:
    """The field as text that is not empty.

    Raises:
        Unreadable: it is not there, empty, longer than 2048 characters, or no text.
    """
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > 2048:
        raise Unreadable(f"{name} is missing")
    return value


def optional_text(data: Json, name: str) -> str | None:
    """The field as text, None when it is not there. Raises Unreadable."""
    return None if data.get(name) is None else text(data, name)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> Json:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key twice")
    return data


def _no_such_number(shown: str) -> Any:
    raise ValueError(f"no number we take: {shown[:20]}")
