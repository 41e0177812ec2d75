"""The audit finds what is wrong with parcels: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid

import pytest

from app.read.operations import audit
from app.workflow.fulfilment import manage_parcels
from tests.factories.parcels import paid_parcels, sell_parcels
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "more packed than was bought": (
        "order_lines",
        "UPDATE order_lines SET quantity = 1, amount_minor = unit_price_minor WHERE business_id = :business",
        {"I175"},
    ),
    "delivered before it arrived": (
        "deliveries",
        "UPDATE deliveries SET status = 'delivered' WHERE business_id = :business",
        {"I176", "I177"},
    ),
    "a parcel for what was refunded": (
        "deliveries",
        "UPDATE deliveries SET status = 'revoked' WHERE business_id = :business",
        {"I177"},
    ),
    "another line's units": (
        "deliveries",
        "UPDATE deliveries SET line_id = order_id WHERE business_id = :business",
        {"I178"},
    ),
    "a parcel that has no history": (
        "parcels",
        "UPDATE parcels SET version = 7 WHERE business_id = :business",
        {"I20-pcl"},
    ),
}


@pytest.fixture
def packed(undone: Undone, shop: Shop) -> uuid.UUID:
    """The id of a business that has packed a parcel of two."""
    sell_parcels(shop)
    order_id = paid_parcels(shop, 2)
    manage_parcels.pack_parcel(shop.business_id, order_id, {}, actor="test")
    assert undone.connection.in_transaction()
    return shop.business_id


@pytest.mark.early
def test_each_broken_law_of_parcels_is_reported(undone: Undone, packed: uuid.UUID) -> None:
    assert _reported(packed) == set()

    missed = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, {"business": packed})
            found = _reported(packed)
        if not expected <= found:
            missed[name] = found

    assert missed == {}


def _reported(business_id: uuid.UUID) -> set[str]:
    return {
        finding.id
        for finding in audit.run()
        for row in finding.rows
        if row.get("business_id", business_id) == business_id
    }
