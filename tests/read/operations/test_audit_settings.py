"""The audit finds settings that were changed past their versions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.operations import audit
from app.workflow.accounts.change_settings import change_settings
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE = {
    "I125": (
        "businesses",
        "UPDATE businesses SET tax_number = 'other' WHERE id = :business",
    ),
    "I126": (
        "settings_versions",
        "INSERT INTO settings_versions (business_id, id, created_at, number, actor, reason, changes)"
        " SELECT business_id, gen_random_uuid(), now(), 4, 'x', '', changes FROM settings_versions"
        " WHERE business_id = :business AND number = 2",
    ),
    "I126 before": (
        "settings_versions",
        "UPDATE settings_versions SET changes = jsonb_set(changes, '{tax_number,before}', '\"9\"')"
        " WHERE business_id = :business AND number = 2",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_law_of_settings_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    table, statement = DAMAGE[damage]
    shop = new_shop()
    for number in ("1", "2"):
        change_settings(shop.business_id, {"tax_number": number}, actor="test")

    before = _reported(shop)
    with undone.trial() as connection:
        as_owner(connection, table, statement, {"business": shop.business_id})
        broken = _reported(shop)

    assert (before, broken) == (set(), {damage.split()[0]})


def _reported(shop: Shop) -> set[str]:
    return {finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id}
