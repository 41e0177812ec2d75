"""Places that parcels leave from: made once, named once, archived while their parcels stay."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.read.fulfilment.warehouses import get_warehouse, list_warehouses, warehouse_choices
from app.workflow.fulfilment import manage_parcels
from app.workflow.fulfilment.manage_warehouses import (
    WarehouseCommand,
    archive_warehouse,
    change_warehouse,
    create_warehouse,
)
from tests.factories.parcels import BERLIN, paid_parcels, parcels_of, sell_parcels
from tests.factories.shop import Shop

NORTH = WarehouseCommand(name="North", address=BERLIN)


def test_a_name_is_given_once_by_however_many_at_once(shop: Shop) -> None:
    def create(_: int) -> str:
        try:
            create_warehouse(shop.business_id, NORTH)
        except Conflict as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        ended = sorted(pool.map(create, range(4)))

    assert ended == ["made"] + ["warehouse_name_taken"] * 3


def test_the_same_one_again_changes_nothing(shop: Shop) -> None:
    warehouse_id = new_id()

    made = {create_warehouse(shop.business_id, NORTH, warehouse_id=warehouse_id) for _ in range(2)}

    assert made == {warehouse_id}
    assert [row.id for row in list_warehouses(shop.business_id, after=None)] == [warehouse_id]


def test_parcels_keep_a_warehouse_that_is_archived_and_no_new_one_leaves_from_it(shop: Shop) -> None:
    sell_parcels(shop)
    warehouse_id, first, second = create_warehouse(shop.business_id, NORTH), paid_parcels(shop), paid_parcels(shop)
    manage_parcels.pack_parcel(shop.business_id, first, {}, warehouse_id=warehouse_id, actor="ada")

    archive_warehouse(shop.business_id, warehouse_id)
    with pytest.raises(NotFound):
        manage_parcels.pack_parcel(shop.business_id, second, {}, warehouse_id=warehouse_id, actor="ada")
    left = list(warehouse_choices(shop.business_id))
    archive_warehouse(shop.business_id, warehouse_id, archived=False)

    assert [each.warehouse_id for each in parcels_of(shop, first)] == [warehouse_id]
    assert (left, len(warehouse_choices(shop.business_id))) == ([], 1)


def test_bad_input_is_refused(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    warehouse_id, other = create_warehouse(shop.business_id, NORTH), new_shop()
    south = create_warehouse(shop.business_id, WarehouseCommand(name="South", address=BERLIN))

    tries: list[tuple[type[AppError], Callable[[], object]]] = [
        (Invalid, lambda: create_warehouse(shop.business_id, WarehouseCommand(name=" ", address=BERLIN))),
        (Invalid, lambda: create_warehouse(shop.business_id, WarehouseCommand(name="East", address={}))),
        (Invalid, lambda: _with(shop, country="Germany")),
        (Invalid, lambda: _with(shop, line1="a\nb")),
        (Conflict, lambda: change_warehouse(shop.business_id, south, NORTH)),
        (NotFound, lambda: change_warehouse(other.business_id, warehouse_id, NORTH)),
        (NotFound, lambda: archive_warehouse(other.business_id, warehouse_id)),
    ]
    for error, attempt in tries:
        with pytest.raises(error):
            attempt()

    assert get_warehouse(shop.business_id, south).name == "South"


def _with(shop: Shop, **members: str) -> None:
    create_warehouse(shop.business_id, WarehouseCommand(name="West", address={**BERLIN, **members}))
