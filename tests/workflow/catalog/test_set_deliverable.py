"""What a unit hands over, by its kind of delivery."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.catalog.models import Sku
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.catalog.set_deliverable import set_deliverable
from tests.factories.shop import Shop


def test_it_takes_the_place_of_the_one_before_and_leaves_out_what_is_empty(shop: Shop) -> None:
    set_deliverable(shop.business_id, shop.sku_id, {"level": "Gold", "rank": 2})

    kept = set_deliverable(shop.business_id, shop.sku_id, {"level": "Silver", "rank": None, "upgrade": ""})

    assert kept == _kept(shop) == {"level": "Silver"}


@pytest.mark.parametrize(
    ("kind", "said", "param"),
    [
        ("points", {"points": 0}, "points"),
        ("points", {"points": True}, "points"),
        ("points", {"level": "Gold"}, "level"),
        ("entitlement", {"level": " Gold"}, "level"),
        ("download", {"max_downloads": 1001}, "max_downloads"),
        ("credit", {"credit_minor": 500}, "credit_minor"),
        ("credit", {"when_spent": "never"}, "when_spent"),
        ("callback", {"days": 3}, "days"),
    ],
)
def test_what_its_kind_does_not_have_changes_nothing(shop: Shop, kind: str, said: dict[str, Any], param: str) -> None:
    command = ProductCommand(name="Goods", delivery_kind=kind)
    product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    sku = SkuCommand(code="GOODS", name="One", price_minor=1000, currency="USD")
    sku_id = manage_catalog.add_sku(shop.business_id, product_id, sku)

    with pytest.raises(Invalid) as refused:
        set_deliverable(shop.business_id, sku_id, said)

    assert (refused.value.details["param"], _kept(shop, sku_id)) == (param, {})


def test_a_sku_of_somebody_else_is_none(shop: Shop) -> None:
    with pytest.raises(NotFound):
        set_deliverable(shop.business_id, new_id(), {})
    with pytest.raises(NotFound):
        set_deliverable(new_id(), shop.sku_id, {"level": "Gold"})

    assert _kept(shop) == {}


def _kept(shop: Shop, sku_id: uuid.UUID | None = None) -> Any:
    return shop.one(select(Sku.deliverable).where(Sku.id == (sku_id or shop.sku_id))).deliverable
