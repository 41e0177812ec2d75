"""What some settings are chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from babel import Locale

from app.core.i18n.language import LOCALES
from app.core.money import known_currencies

Choices = Sequence[tuple[str, str]]
_ENGLISH = Locale("en")


@cache
def time_zones() -> Choices:
    """Time zones by name, UTC first."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))
    return tuple((zone, zone.replace("_", " ")) for zone in ("UTC", *places))


@cache
def countries() -> Choices:
    """Countries by their English name: ISO 3166-1 alpha-2 and name."""
    named = {code: name for code, name in _ENGLISH.territories.items() if len(code) == 2 and code.isalpha()}
    outside = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # no countries, though CLDR has them
    return tuple(
        sorted(((code, name) for code, name in named.items() if code not in outside), key=lambda each: each[1])
    )


@cache
def languages() -> Choices:
    """The languages that buyers' texts are in."""
    return tuple((tag, str(Locale.parse(tag, sep="-").get_display_name("en"))) for tag in LOCALES)


@cache
def currencies() -> Choices:
    """Currency codes and their names."""
    return tuple((code, str(_ENGLISH.currencies.get(code, code))) for code in sorted(known_currencies()))
