"""Reads what Alipay says: JSON whose signature covers exact bytes, forms, amounts in yuan. What does not fit is
refused."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from app.core.money import Money
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, text

__all__ = ["Unreadable", "envelope", "form", "money", "optional_text", "signed_text", "text", "yuan"]

MAX_BYTES = 256_000
MAX_FIELDS = 100
YUAN = re.compile(r"(0|[1-9][0-9]{0,9})\.([0-9]{2})", re.ASCII)
CURRENCY = "CNY"


def envelope(body: bytes) -> tuple[dict[str, tuple[Json, str]], str]:
    """Each object of the answer by its name, with the exact text it was read from, and the signature ("" for none).

    The text is found by the same parser that reads it, so that nothing can be signed and something else be read.

    Raises:
        Unreadable: not one object of objects and a signature, a name twice, not UTF-8, too long.
    """
    if len(body) > MAX_BYTES:
        raise Unreadable("too long")
    decoder = json.JSONDecoder(
        object_pairs_hook=_no_key_twice, parse_float=_no_such_number, parse_constant=_no_such_number
    )
    try:
        decoded = body.decode("utf-8").strip()
        whole = decoder.decode(decoded)
        if not isinstance(whole, dict):
            raise Unreadable("not an object")
        parts = {}
        for name, value, start, end in _members(decoder, decoded):
            if isinstance(value, dict):
                parts[name] = (value, decoded[start:end])
    except (RecursionError, ValueError) as error:
        raise Unreadable("not the JSON we expect") from error
    sign = whole.get("sign", "")
    if not isinstance(sign, str):
        raise Unreadable("the signature is no text")
    return parts, sign


def form(body: bytes) -> dict[str, str]:
    """The fields of a notice: UTF-8, no field twice. Raises Unreadable."""
    if len(body) > MAX_BYTES:
        raise Unreadable("too long")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise Unreadable("not the form we expect") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("a field twice")
    return fields


def signed_text(fields: dict[str, str]) -> str:
    """What the signature of a notice is over: all but `sign` and `sign_type`, sorted by name."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name not in ("sign", "sign_type"))


def money(data: Json, name: str) -> Money:
    """An amount in yuan with exactly two decimals, above zero. Raises Unreadable."""
    found = YUAN.fullmatch(text(data, name))
    minor = int(found[1]) * 100 + int(found[2]) if found else 0
    if minor <= 0:
        raise Unreadable(f"{name} is no amount")
    return Money(minor, CURRENCY)


def yuan(amount: Money) -> str:
    """The amount as they want it. Raises ValueError for another currency."""
    if amount.currency != CURRENCY:
        raise ValueError("Alipay takes CNY only")
    return f"{amount.minor // 100}.{amount.minor % 100:02d}"


def _members(decoder: json.JSONDecoder, text: str) -> list[tuple[str, Any, int, int]]:
    """The members of the object that `text` is: name, value, and where the value's text begins and ends."""
    found: list[tuple[str, Any, int, int]] = []
    at = _skip(text, 1, "")
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        start = _skip(text, at, ":")
        value, end = decoder.raw_decode(text, start)
        found.append((name, value, start, end))
        at = _skip(text, end, ",}")
    return found


def _skip(text: str, at: int, marks: str) -> int:
    """Past white space and one of `marks`; a closing brace is left standing. `text` is known to be JSON."""
    while text[at] in " \t\r\n":
        at += 1
    if marks and text[at] in marks and text[at] != "}":
        at += 1
        while text[at] in " \t\r\n":
            at += 1
    return at


def _no_key_twice(pairs: list[tuple[str, Any]]) -> Json:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key twice")
    return data


def _no_such_number(_: str) -> None:
    """Their amounts are text. Where a number stands instead, the field counts as missing."""
