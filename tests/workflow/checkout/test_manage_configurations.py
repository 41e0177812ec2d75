"""What a page sells without a server: checked when it is kept, put away and taken out again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.orders.models import CheckoutConfiguration
from app.domain.orders.types import MAX_LINES, OrderItem, SessionTerms
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.checkout import manage_configurations
from app.workflow.checkout.manage_configurations import Changes, ConfigurationCommand
from tests.factories.configurations import make_configuration
from tests.factories.shop import Shop


def test_a_change_leaves_everything_else_as_it_was(shop: Shop) -> None:
    configuration_id = make_configuration(
        shop, quantity=2, terms=SessionTerms(coupons_allowed=False), locale="de", metadata={"page": "start"}
    )

    _change(shop, configuration_id, name=" Autumn ", channels=["simulator"], active=False)

    kept = _kept(shop, configuration_id)
    assert (kept.name, kept.locale, kept.active) == ("Autumn", "de", False)
    assert kept.terms == {"coupons_allowed": False, "channels": ["simulator"]}
    assert (kept.items[0]["quantity"], kept.details) == (2, {"metadata": {"page": "start"}})


def test_the_same_id_again_makes_no_second_one_and_changes_none(shop: Shop) -> None:
    configuration_id = new_id()

    for name in ("First", "Second"):
        command = ConfigurationCommand(name=name, items=[OrderItem(shop.sku_id, 1)])
        made = manage_configurations.create_configuration(shop.business_id, command, configuration_id=configuration_id)
        assert made == configuration_id

    assert [row.name for row in shop.many(select(CheckoutConfiguration.name))] == ["First"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda _: {"name": " "}, "invalid_name"),
        (lambda _: {"items": []}, "no_lines"),
        (lambda shop: {"items": [OrderItem(shop.sku_id, 1)] * (MAX_LINES + 1)}, "no_lines"),
        (lambda shop: {"items": [OrderItem(shop.sku_id, 1)] * 2}, "sku_twice"),
        (lambda shop: {"items": [OrderItem(shop.sku_id, 51)]}, "quantity_not_allowed"),
        (lambda _: {"currency": "EUR"}, "wrong_currency"),
        (lambda _: {"appearance": {"theme": "pink"}}, "invalid_appearance"),
        (lambda _: {"channels": ["wallet"]}, "unknown_channel"),
        (lambda _: {"channels": ["barter"]}, "unknown_channel"),
    ],
)
def test_what_cannot_be_sold_so_is_not_kept(shop: Shop, wrong: Callable[[Shop], dict[str, Any]], code: str) -> None:
    configuration_id = make_configuration(shop)
    before = _kept(shop, configuration_id)

    with pytest.raises(Invalid) as refused:
        _change(shop, configuration_id, **wrong(shop))

    assert (refused.value.code, _kept(shop, configuration_id)) == (code, before)


def test_its_lines_are_in_one_currency(shop: Shop) -> None:
    command = SkuCommand(code="EURO", name="In euro", price_minor=900, currency="EUR")
    euro = manage_catalog.add_sku(shop.business_id, shop.product_id, command)

    with pytest.raises(Invalid) as mixed:
        make_configuration(shop, items=[OrderItem(shop.sku_id, 1), OrderItem(euro, 1)])
    with pytest.raises(NotFound):
        make_configuration(shop, items=[OrderItem(new_id(), 1)])

    assert (mixed.value.code, shop.many(select(CheckoutConfiguration.id))) == ("mixed_currencies", [])


def test_its_products_need_not_be_on_sale_yet(shop: Shop) -> None:
    manage_catalog.unpublish_product(shop.business_id, shop.product_id, actor="test")

    assert _kept(shop, make_configuration(shop)).active


def test_what_is_archived_sells_nothing_until_it_is_restored_and_switched_on(shop: Shop) -> None:
    configuration_id = make_configuration(shop)

    manage_configurations.archive_configuration(shop.business_id, configuration_id)
    archived = _kept(shop, configuration_id)
    manage_configurations.archive_configuration(shop.business_id, configuration_id)
    with pytest.raises(Conflict) as refused:
        _change(shop, configuration_id, active=True)
    again = _kept(shop, configuration_id)
    manage_configurations.restore_configuration(shop.business_id, configuration_id)
    restored = _kept(shop, configuration_id)

    assert (archived.active, refused.value.code, again) == (False, "configuration_archived", archived)
    assert (restored.archived_at, restored.active) == (None, False)


def test_what_is_not_there_is_neither_changed_nor_put_away(shop: Shop) -> None:
    with pytest.raises(NotFound):
        _change(shop, new_id(), name="x")
    for put in (manage_configurations.archive_configuration, manage_configurations.restore_configuration):
        with pytest.raises(NotFound):
            put(shop.business_id, new_id())


def _change(shop: Shop, configuration_id: uuid.UUID, **changes: Any) -> None:
    manage_configurations.change_configuration(shop.business_id, configuration_id, Changes(**changes))


def _kept(shop: Shop, configuration_id: uuid.UUID) -> Any:
    table = CheckoutConfiguration.__table__
    return shop.one(select(table).where(table.c.id == configuration_id))
