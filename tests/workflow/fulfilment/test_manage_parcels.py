"""What of an order goes out in which parcel, and what becomes of the order by it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.states import IllegalTransition
from app.domain.catalog.models import Sku
from app.domain.fulfilment.parcels.types import Label
from app.domain.payments.types import RefundLineCommand
from app.workflow.fulfilment import deliver_line, manage_parcels
from app.workflow.payments import refund_order
from tests.factories.deliveries import refund_ends
from tests.factories.merchant import delivery_of
from tests.factories.parcels import BERLIN, line_of, paid_parcels, parcels_of, place_shipped, sell_parcels
from tests.factories.shop import Shop

DHL = Label(carrier="DHL", tracking_number="00340434161094022115")


def test_an_order_in_two_parcels_is_fulfilled_when_both_arrived(shop: Shop) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop, 3)
    line_id = line_of(shop, order_id)

    first, second = _pack(shop, order_id, {line_id: 2}), _pack(shop, order_id)
    for parcel_id in (first, second):
        _ship(shop, parcel_id)
    _arrive(shop, first)
    between = shop.order(order_id).status, delivery_of(shop, order_id).status
    _arrive(shop, second)

    assert between == ("fulfilling", "pending")
    assert (shop.order(order_id).status, delivery_of(shop, order_id).status) == ("fulfilled", "delivered")


def test_no_unit_is_packed_twice_by_two_people_at_once(shop: Shop) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop, 3)
    line_id = line_of(shop, order_id)

    def pack(_: int) -> str:
        try:
            _pack(shop, order_id, {line_id: 2})
        except Conflict as error:
            return error.code
        return "packed"

    with ThreadPoolExecutor(4) as pool:
        ended = sorted(pool.map(pack, range(4)))

    assert ended == ["nothing_to_pack"] * 3 + ["packed"]


def test_the_same_parcel_again_changes_nothing(shop: Shop) -> None:
    sell_parcels(shop)
    order_id, parcel_id = paid_parcels(shop), new_id()

    for _ in range(2):
        _pack(shop, order_id, parcel_id=parcel_id)
        _ship(shop, parcel_id)
    for _ in range(2):
        _arrive(shop, parcel_id)

    [parcel] = parcels_of(shop, order_id)
    assert (parcel.id, parcel.status, parcel.version) == (parcel_id, "delivered", 3)


@pytest.mark.parametrize("to", ["lost", "returned"])
def test_what_did_not_arrive_can_be_packed_again(shop: Shop, to: str) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop, 2)
    gone = _pack(shop, order_id)
    _ship(shop, gone)

    _end(shop, gone, to)
    again = _pack(shop, order_id)
    _ship(shop, again)
    _arrive(shop, again)

    assert [each.status for each in parcels_of(shop, order_id)] == [to, "delivered"]
    assert shop.order(order_id).status == "fulfilled"


def test_a_parcel_that_was_not_sent_can_be_unpacked(shop: Shop) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop)
    parcel_id = _pack(shop, order_id)

    _end(shop, parcel_id, "cancelled")

    assert _pack(shop, order_id) != parcel_id


def test_a_refund_in_full_cancels_the_parcel_that_waits_and_returns_the_units(shop: Shop) -> None:
    sell_parcels(shop, stock=5)
    order_id = paid_parcels(shop, 2)
    parcel_id = _pack(shop, order_id)

    shop.refund(order_id)
    refund_ends(shop, order_id)

    assert [each.status for each in parcels_of(shop, order_id)] == ["cancelled"]
    assert (delivery_of(shop, order_id).status, _stock(shop)) == ("revoked", 5)
    with pytest.raises(Conflict):
        _ship(shop, parcel_id)
    with pytest.raises(Conflict):
        _pack(shop, order_id)


@pytest.mark.parametrize(("back", "stock"), [(False, 3), (True, 5)])
def test_units_return_to_the_stock_with_the_refund_if_the_parcel_came_back(shop: Shop, back: bool, stock: int) -> None:
    sell_parcels(shop, stock=5)
    with db.phase("test.rule", shop.business_id):
        db.write(db.change(Sku, shop.sku_id, restock="undelivered"), expect=1)
    order_id = paid_parcels(shop, 2)
    parcel_id = _pack(shop, order_id)
    _ship(shop, parcel_id)
    _arrive(shop, parcel_id)

    if back:
        _end(shop, parcel_id, "returned")
    shop.refund(order_id)
    refund_ends(shop, order_id)

    assert (shop.order(order_id).status, _stock(shop)) == ("refunded", stock)


def test_one_of_two_parcels_comes_back_and_its_part_is_refunded(shop: Shop) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop, 2)
    line_id = line_of(shop, order_id)
    first, second = _pack(shop, order_id, {line_id: 1}), _pack(shop, order_id)
    for parcel_id in (first, second):
        _ship(shop, parcel_id)
        _arrive(shop, parcel_id)

    _end(shop, second, "returned")
    refund_order.refund_order(
        shop.business_id,
        order_id,
        amount_minor=None,
        lines=[RefundLineCommand(line_id=line_id, quantity=1)],
        reason="",
        actor="ada",
    )
    refund_ends(shop, order_id)

    order = shop.order(order_id)
    assert (order.status, order.refunded_minor, order.total_minor) == ("fulfilled", 1000, 2000)
    assert [each.status for each in parcels_of(shop, order_id)] == ["delivered", "returned"]


def test_a_line_that_people_give_up_is_refunded_and_its_parcel_is_unpacked(shop: Shop) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop)
    _pack(shop, order_id)
    delivery_id = delivery_of(shop, order_id).id

    deliver_line.decide_manually(shop.business_id, delivery_id, seen="pending", to="failed", reason="out of stock")
    refund_ends(shop, order_id)

    assert shop.order(order_id).status == "refunded"
    assert [each.status for each in parcels_of(shop, order_id)] == ["cancelled"]


@pytest.mark.parametrize("missing", ["name", "line1", "city", "country"])
def test_what_is_shipped_is_not_sold_without_an_address(shop: Shop, missing: str) -> None:
    sell_parcels(shop)

    with pytest.raises(Invalid) as refused:
        place_shipped(shop, address={name: text for name, text in BERLIN.items() if name != missing})

    assert (refused.value.code, refused.value.details["param"]) == ("address_required", f"shipping_address.{missing}")


def test_the_label_can_be_corrected_while_the_parcel_is_under_way(shop: Shop) -> None:
    sell_parcels(shop)
    order_id = paid_parcels(shop)
    parcel_id = _pack(shop, order_id)
    _ship(shop, parcel_id)

    manage_parcels.label_parcel(shop.business_id, parcel_id, Label(carrier=" DHL ", tracking_number="1"))
    _arrive(shop, parcel_id)

    [parcel] = parcels_of(shop, order_id)
    assert (parcel.carrier, parcel.tracking_number) == ("DHL", "1")
    with pytest.raises(Conflict):
        manage_parcels.label_parcel(shop.business_id, parcel_id, DHL)


def test_bad_input_is_refused(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    sell_parcels(shop)
    order_id, other = paid_parcels(shop), new_shop()
    line_id = line_of(shop, order_id)
    parcel_id = _pack(shop, order_id)

    tries: list[tuple[type[AppError], Callable[[], object]]] = [
        (Conflict, lambda: _pack(shop, order_id)),
        (Conflict, lambda: _pack(shop, order_id, {new_id(): 1})),
        (Conflict, lambda: _pack(shop, order_id, {line_id: -1})),
        (NotFound, lambda: _pack(shop, new_id())),
        (NotFound, lambda: _pack(other, order_id)),
        (NotFound, lambda: _ship(other, parcel_id)),
        (NotFound, lambda: _arrive(shop, new_id())),
        (
            NotFound,
            lambda: manage_parcels.pack_parcel(shop.business_id, order_id, {}, warehouse_id=new_id(), actor="a"),
        ),
        (Invalid, lambda: _pack(shop, order_id, label=Label(carrier="x" * 61))),
        (Invalid, lambda: _pack(shop, order_id, label=Label(tracking_number="a\nb"))),
        (Invalid, lambda: _end(shop, parcel_id, "packed")),
        (IllegalTransition, lambda: _arrive(shop, parcel_id)),
        (IllegalTransition, lambda: _end(shop, parcel_id, "lost")),
    ]
    for error, attempt in tries:
        with pytest.raises(error):
            attempt()

    assert [each.status for each in parcels_of(shop, order_id)] == ["packed"]


def _pack(shop: Shop, order_id: uuid.UUID, units: dict[uuid.UUID, int] | None = None, **more: Any) -> uuid.UUID:
    return manage_parcels.pack_parcel(shop.business_id, order_id, units or {}, actor="ada", **more)


def _ship(shop: Shop, parcel_id: uuid.UUID) -> None:
    manage_parcels.ship_parcel(shop.business_id, parcel_id, actor="ada")


def _arrive(shop: Shop, parcel_id: uuid.UUID) -> None:
    manage_parcels.deliver_parcel(shop.business_id, parcel_id, actor="ada")


def _end(shop: Shop, parcel_id: uuid.UUID, to: str) -> None:
    manage_parcels.end_parcel(shop.business_id, parcel_id, to, reason="", actor="ada")


def _stock(shop: Shop) -> int | None:
    found: int | None = shop.one(select(Sku.stock).where(Sku.id == shop.sku_id)).stock
    return found
