"""The audit finds a switch that no page could have set, and an order that it should have refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.operations import audit
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

FINE = '{"exports_off": {"reason": "x", "set_by": "x", "set_at": "2026-01-01T00:00Z", "until": "2026-01-08T00:00Z"}}'
DAMAGE = {
    "a kind that nobody knows": FINE.replace("exports_off", "everything_off"),
    "no reason": FINE.replace('"reason": "x"', '"reason": ""'),
    "nobody who set it": FINE.replace('"set_by": "x", ', ""),
    "longer than a week": FINE.replace("01-08T00:00Z", "01-08T00:01Z"),
    "no end": FINE.replace(', "until": "2026-01-08T00:00Z"', ""),
    "an end before it began": FINE.replace("2026-01-08", "2025-12-31"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_switch_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    shop = new_shop()

    before, broken = _reported(undone, shop, FINE), _reported(undone, shop, DAMAGE[damage])

    assert (before, broken) == (set(), {"I145"})


def test_an_order_that_was_placed_meanwhile_is_reported(undone: Undone, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    shop.place()
    off = FINE.replace("exports_off", "orders_later")
    now = off.replace('"2026-01-01T00:00Z"', "NOW").replace('"2026-01-08T00:00Z"', "LATER")

    assert _reported(undone, shop, off) == set()
    assert _reported(undone, shop, now, at="-2 minutes") == {"I146"}
    assert _reported(undone, shop, now, at="0 minutes") == set()  # it was placed just before


def test_an_order_that_was_placed_while_all_wait_is_reported(undone: Undone, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    shop.place()
    with undone.trial() as connection:
        statement = (
            "INSERT INTO installation_switches (id, kind, reason, set_by, created_at, expires_at) VALUES (:business,"
            " 'orders_later', 'x', 'x', now() - interval '2 minutes', now() + interval '1 hour')"
        )
        as_owner(connection, "installation_switches", statement, {"business": shop.business_id})
        assert _found(shop) == {"I146"}


def _reported(undone: Undone, shop: Shop, switches: str, *, at: str = "") -> set[str]:
    with undone.trial() as connection:
        value = "CAST(:switches AS text)"
        for name, more in (("NOW", "0 days"), ("LATER", "1 hour")):
            moment = f"now() + interval '{at or '0 minutes'}' + interval '{more}'"
            value = f"replace({value}, '{name}', to_json({moment})::text)"
        statement = f"UPDATE businesses SET switches = CAST({value} AS jsonb) WHERE id = :business"
        as_owner(connection, "businesses", statement, {"business": shop.business_id, "switches": switches})
        return _found(shop)


def _found(shop: Shop) -> set[str]:
    return {f.id for f in audit.run() for row in f.rows if row.get("business_id") == shop.business_id}
