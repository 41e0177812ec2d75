"""The audit finds what a business sold although it may not have, as it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.read.operations import audit
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE = {
    "I120": (
        "businesses",
        "UPDATE businesses SET suspended = 'read_only', suspended_reason = 'x',"
        " suspended_at = now() - interval '9 days' WHERE id = :business",
    ),
    "I120 of a payment": (
        "orders",
        "WITH suspended AS (UPDATE businesses SET suspended = 'no_new_payments', suspended_reason = 'x',"
        " suspended_at = now() - interval '9 days' WHERE id = :business)"
        " UPDATE orders SET created_at = now() - interval '10 days' WHERE business_id = :business",
    ),
    "I121": ("businesses", "UPDATE businesses SET closed_at = now() + interval '1 hour' WHERE id = :business"),
    "I124 I121": (
        "businesses",
        "UPDATE businesses SET closed_at = now() - interval '9 days' WHERE id = :business",
    ),
    # Nobody approved it, its owner and its channel are there still, and so are its buyers.
    "I160 I161 I162 I121": (
        "businesses",
        "UPDATE businesses SET closed_at = now() + interval '1 hour', erased_at = now() WHERE id = :business",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_law_of_standing_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    table, statement = DAMAGE[damage]
    shop = new_shop()
    shop.paid_order()
    make_user(shop.business_id)

    before = _reported(shop)
    with undone.trial() as connection:
        as_owner(connection, table, statement, {"business": shop.business_id})
        broken = _reported(shop)

    assert (before, broken) == (set(), _laws(damage))


def _laws(damage: str) -> set[str]:
    return {word for word in damage.split() if word.startswith("I1")}


def _reported(shop: Shop) -> set[str]:
    return {finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id}
