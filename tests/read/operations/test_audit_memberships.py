"""The audit finds members that are in no list, and time that is too much, missing or somebody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.operations import audit
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

OF_IT = " WHERE business_id = :business"
DAMAGE = {
    "I190 a member in no list": ("buyer_memberships", "DELETE FROM buyer_memberships" + OF_IT),
    "I190 an end too early": (
        "buyer_memberships", "UPDATE buyer_memberships SET ends_at = ends_at - interval '1 hour'" + OF_IT
    ),
    "I191 a gap": (
        "entitlements", "UPDATE entitlements SET starts_at = starts_at + interval '1 hour', seconds = seconds - 3600"
        + OF_IT
    ),
    "I192 more than was bought": ("entitlements", "UPDATE entitlements SET seconds = seconds - 1" + OF_IT),
    "I193 moved twice": ("entitlements", "UPDATE entitlements SET root_id = id" + OF_IT),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_law_of_memberships_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    shop = new_shop()
    shop.paid_order()

    before = _reported(shop)
    with undone.trial() as connection:
        as_owner(connection, *DAMAGE[damage], {"business": shop.business_id})
        broken = _reported(shop)

    assert (before, broken) == (set(), {damage.split()[0]})


def _reported(shop: Shop) -> set[str]:
    return {
        finding.id
        for finding in audit.run()
        for row in finding.rows
        if row.get("business_id", shop.business_id) == shop.business_id
    }
