"""The audit finds limits that no page could have set, and what came although there was no room: each is made in a
database that forgets it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.domain.accounts.business.resources import COUNTED, Resource
from app.read.operations import audit
from app.workflow.accounts import manage_keys
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

GOOD = {"most": 0, "reason": "test", "set_by": "operator", "set_at": "2026-01-01T00:00:00+00:00"}
DAMAGE: dict[str, dict[str, Any]] = {
    "a resource that nobody knows": {"orders": GOOD},
    "a limit below nothing": {"plans": {**GOOD, "most": -1}},
    "a limit beyond what pages are made for": {"plans": {**GOOD, "most": COUNTED[Resource.PLANS].most + 1}},
    "a team of nobody": {"team_members": {**GOOD, "most": 0}},
    "no number": {"plans": {key: GOOD[key] for key in ("reason", "set_by", "set_at")}},
    "no reason": {"plans": {**GOOD, "reason": ""}},
    "nobody who set it": {"plans": {**GOOD, "set_by": ""}},
    "no moment": {"plans": {key: GOOD[key] for key in ("most", "reason", "set_by")}},
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_broken_limit_is_reported(undone: Undone, new_shop: Callable[..., Shop], damage: str) -> None:
    shop = new_shop()

    before = _reported(undone, shop, {"plans": GOOD})
    broken = _reported(undone, shop, DAMAGE[damage])

    assert (before, broken) == (set(), {"I179"})


@pytest.mark.parametrize("resource", ["products", "api_keys", "channel_accounts"])
def test_what_came_after_the_limit_and_above_it_is_reported(
    undone: Undone, new_shop: Callable[..., Shop], resource: str
) -> None:
    shop = new_shop()
    manage_keys.create_key(shop.business_id, name="Server", kind="secret")
    moment = clock.actual()
    earlier, later = ((moment + timedelta(hours=hours)).isoformat() for hours in (-1, 1))

    lowered_after = _reported(undone, shop, {resource: {**GOOD, "set_at": later}})
    room = _reported(undone, shop, {resource: {**GOOD, "most": 50, "set_at": earlier}})
    beyond = _reported(undone, shop, {resource: {**GOOD, "set_at": earlier}})

    assert (lowered_after, room, beyond) == (set(), set(), {"I174"})


def _reported(undone: Undone, shop: Shop, limits: dict[str, Any]) -> set[str]:
    with undone.trial() as connection:
        statement = "UPDATE businesses SET resource_limits = CAST(:limits AS jsonb) WHERE id = :business"
        as_owner(connection, "businesses", statement, {"business": shop.business_id, "limits": json.dumps(limits)})
        return {
            finding.id for finding in audit.run() for row in finding.rows if row.get("business_id") == shop.business_id
        }
