"""The time zones of the world by their names (IANA)."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global

_REGIONS = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()  # noqa: SIM905
)


@cache
def known_time_zones() -> tuple[str, ...]:
    """UTC, then the zones of places in the order of their names; a zone that was renamed, once."""
    old_names = get_global("zone_aliases")
    places = (name for name in available_timezones() if name.partition("/")[0] in _REGIONS and name not in old_names)
    return ("UTC", *sorted(places))
