"""Time zones are those of places, each by its present name."""

from __future__ import annotations

from app.core.i18n.time_zones import known_time_zones


def test_zones_of_places_follow_utc() -> None:
    found = known_time_zones()

    assert found[0] == "UTC"
    assert {"Europe/Berlin", "Asia/Kolkata", "Europe/Kyiv", "America/Argentina/Buenos_Aires"} <= set(found)
    assert list(found[1:]) == sorted(found[1:])


def test_old_names_and_offsets_are_left_out() -> None:
    assert {"US/Eastern", "Etc/GMT+5", "Asia/Calcutta", "America/Buenos_Aires"}.isdisjoint(known_time_zones())
