"""The countries of the world by their codes (ISO 3166-1 alpha-2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale

from app.core.i18n.language import LOCALES

# Unions, and codes that stand for no place.
_NONE = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@cache
def known_countries() -> Mapping[str, str]:
    """Names in English by code, in the order of the names."""
    names = Locale("en").territories
    found = {code: str(name) for code, name in names.items() if re.fullmatch("[A-Z]{2}", code) and code not in _NONE}
    return dict(sorted(found.items(), key=lambda each: each[1]))


@cache
def countries_in(locale: str) -> Mapping[str, str]:
    """Names in this language by code, in the order of the names."""
    names = Locale.parse(locale, sep="-").territories
    found = {code: str(names.get(code) or name) for code, name in known_countries().items()}
    return dict(sorted(found.items(), key=lambda each: each[1].casefold()))


def code_of(text: str) -> str:
    """The code of a country that was named by its code, or by its name in a language that we speak; empty for none."""
    return text.upper() if text.upper() in known_countries() else _by_name().get(text, "")


@cache
def _by_name() -> Mapping[str, str]:
    return {name: code for locale in LOCALES for code, name in countries_in(locale).items()}
