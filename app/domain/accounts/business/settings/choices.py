"""What some settings are chosen from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from babel import Locale

from app.core.i18n.countries import known_countries
from app.core.i18n.language import LOCALES
from app.core.i18n.time_zones import known_time_zones
from app.core.money import known_currencies

Choices = Sequence[tuple[str, str]]
_ENGLISH = Locale("en")


@cache
def time_zones() -> Choices:
    """Time zones by name, UTC first."""
    return tuple((zone, zone.replace("_", " ")) for zone in known_time_zones())


@cache
def countries() -> Choices:
    """Countries by their English name: ISO 3166-1 alpha-2 and name."""
    return tuple(known_countries().items())


@cache
def languages() -> Choices:
    """The languages that buyers' texts are in."""
    return tuple((tag, str(Locale.parse(tag, sep="-").get_display_name("en"))) for tag in LOCALES)


@cache
def currencies() -> Choices:
    """Currency codes and their names."""
    return tuple((code, str(_ENGLISH.currencies.get(code, code))) for code in sorted(known_currencies()))
