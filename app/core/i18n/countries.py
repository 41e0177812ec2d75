"""The countries of the world by their codes (ISO 3166-1 alpha-2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale

# Unions, and codes that stand for no place.
_NONE = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@cache
def known_countries() -> Mapping[str, str]:
    """Names in English by code, in the order of the names."""
    names = Locale("en").territories
    found = {code: str(name) for code, name in names.items() if re.fullmatch("[A-Z]{2}", code) and code not in _NONE}
    return dict(sorted(found.items(), key=lambda each: each[1]))
