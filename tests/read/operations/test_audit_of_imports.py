"""The audit finds what is wrong with imports of people: each law is broken on purpose."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tests.factories import laws
from tests.factories.imports import applied
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "a file that is kept": (
        "product_imports",
        "UPDATE product_imports SET key = 'imports/x' WHERE business_id = :business",
        {"I148"},
    ),
    "a row that still says who somebody is": (
        "product_import_rows",
        """UPDATE product_import_rows SET cells = '{"name": "Ada"}' WHERE business_id = :business""",
        {"I149"},
    ),
    "rows that were applied and are not there": (
        "product_imports",
        "UPDATE product_imports SET applied = 7 WHERE business_id = :business",
        {"I159"},
    ),
}


@pytest.fixture
def imported(undone: Undone, new_shop: Callable[..., Shop]) -> dict[str, uuid.UUID]:
    """The id of a business with an import that is done."""
    shop = new_shop()
    applied(shop, "buyers", "reference,name\nB-1,Ada\n")
    assert undone.connection.in_transaction()
    return {"business": shop.business_id}


def test_each_broken_law_of_imports_is_reported_and_no_other(undone: Undone, imported: dict[str, uuid.UUID]) -> None:
    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, imported)
            found = set(laws.broken(imported["business"]))
        if found != expected:
            wrong[name] = found

    assert wrong == {}
