"""The audit finds a limit that no page could have set: each is made in a database that forgets it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.accounts.business.tiers import MAX_PER_S
from app.read.operations import audit
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE = {
    "a scenario that nobody knows": '{"everything": {"per_s": 1, "burst": 1}}',
    "a limit that lets nothing through": '{"pay": {"per_s": 0, "burst": 1}}',
    "a burst below the rate": '{"pay": {"per_s": 2, "burst": 1}}',
    "a limit without a burst": '{"pay": {"per_s": 2}}',
    "no limit at all": f'{{"pay": {{"per_s": 1, "burst": {MAX_PER_S + 1}}}}}',
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_limit_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    shop = new_shop()

    before = _reported(undone, shop, '{"pay": {"per_s": 2, "burst": 2}}')
    broken = _reported(undone, shop, DAMAGE[damage])

    assert (before, broken) == (set(), {"I147"})


def _reported(undone: Undone, shop: Shop, limits: str) -> set[str]:
    with undone.trial() as connection:
        statement = "UPDATE businesses SET tier_limits = CAST(:limits AS jsonb) WHERE id = :business"
        as_owner(connection, "businesses", statement, {"business": shop.business_id, "limits": limits})
        return {
            finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id
        }
