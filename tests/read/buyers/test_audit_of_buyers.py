"""The audit finds what is wrong with buyers: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from tests.factories import laws
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

# What is broken (its table, and how) → exactly the laws that must be reported.
DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "a merged buyer that leads to a merged one": (
        "buyers",
        "UPDATE buyers SET status = 'merged', ended_at = now() - interval '1 day',"
        " merged_into_id = CASE WHEN id = :ada THEN :grace ELSE :ada END"
        " WHERE business_id = :business AND id IN (:ada, :grace)",
        {"I180", "I20-byr", "I181", "I182"},
    ),
    "a status that nobody moved": (
        "buyers",
        "UPDATE buyers SET version = 2 WHERE business_id = :business AND id = :ada",
        {"I20-byr"},
    ),
    "an erased buyer who still has a name": (
        "buyers",
        "UPDATE buyers SET status = 'erased', ended_at = now() WHERE business_id = :business AND id = :ada",
        {"I183", "I20-byr"},
    ),
}


@pytest.fixture
def bought(undone: Undone, new_shop: Callable[..., Shop]) -> dict[str, uuid.UUID]:
    """Ids of a business and of two buyers, one of whom bought, has money and points."""
    shop = new_shop()
    shop.keep_wallets()
    shop.fund("ada", 300)
    shop.paid_order(buyer="ada")
    ids = {"business": shop.business_id}
    for name in ("ada", "grace"):
        ids[name] = create_buyer(shop.business_id, BuyerCommand(reference=name, name=name.title()), actor="test")
    assert undone.connection.in_transaction()
    return ids


def test_each_broken_law_of_buyers_is_reported_and_no_other(undone: Undone, bought: dict[str, uuid.UUID]) -> None:
    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, bought)
            found = set(laws.broken(bought["business"]))
        if found != expected:
            wrong[name] = found

    assert wrong == {}
    assert laws.broken(bought["business"]) == []
