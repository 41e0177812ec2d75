"""The audit finds times that went back, and those of other businesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.operations import audit
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

_CLOCK = (
    "WITH clock AS (INSERT INTO test_clocks (business_id, id, created_at, status, version, ahead_ms, steps, error)"
    " VALUES (:business, :business, now(), 'ready', 1, 1000, 0, '')), step AS (INSERT INTO state_changes (business_id,"
    " id, created_at, machine, row_id, to_state, version, reason, actor) VALUES (:business, gen_random_uuid(), now(),"
    " 'test_clock', :business, 'ready', 1, 'created', 'test')) "
)
_DATED = (
    "UPDATE outbox_events SET created_at = due_at + interval '1 hour' WHERE business_id = :business"
    " AND topic = 'order.fulfilled'"
)
DAMAGE = {
    "I155": ("businesses", _CLOCK + "UPDATE businesses SET mode = 'live' WHERE id = :business"),
    "I156": ("outbox_events", _CLOCK + _DATED),
    "I157": ("outbox_events", _DATED),
}


@pytest.mark.parametrize("law", DAMAGE)
def test_each_broken_law_of_clocks_is_reported_and_no_other(
    undone: Undone, new_shop: Callable[..., Shop], law: str
) -> None:
    shop = new_shop()
    shop.paid_order()
    before = _reported(shop)

    with undone.trial() as connection:
        as_owner(connection, DAMAGE[law][0], DAMAGE[law][1], {"business": shop.business_id})
        after = _reported(shop)

    assert after - before == {law}


def _reported(shop: Shop) -> set[str]:
    return {each.id for each in audit.run() for row in each.rows if shop.business_id in row.values()}
