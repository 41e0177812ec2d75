"""Reads what Pretend Pay says, word by word: nothing is taken on trust, whatever does not fit is refused."""

from __future__ import annotations

from app.core.money import MAX_MINOR, Money
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, read_object, text

__all__ = ["Unreadable", "money", "optional_text", "page", "read_object", "text"]


def money(data: Json) -> Money:
    """Amount and currency. Raises Unreadable."""
    minor, currency = data.get("amount"), text(data, "currency")
    if type(minor) is not int or not 0 < minor <= MAX_MINOR:
        raise Unreadable("amount is not whole minor units")
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Unreadable("currency is no code")
    return Money(minor, currency)


def page(data: Json, name: str) -> str:
    """The field as a web address. Raises Unreadable."""
    value = text(data, name)
    if not value.startswith(("https://", "http://")):
        raise Unreadable(f"{name} is no web address")
    return value
