"""Notes about an order: for colleagues, with the order, and of a length."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.orders.models import OrderNote
from app.workflow.orders.write_note import MAX_LENGTH, write_note
from tests.factories.shop import Shop


def test_a_note_is_kept_with_its_order_and_author(shop: Shop) -> None:
    order_id, other = shop.place(), shop.place()

    for body in ("Called back", "x" * MAX_LENGTH):
        write_note(shop.business_id, order_id, body=body, author="usr_ann")

    found = shop.many(select(OrderNote.__table__).order_by(OrderNote.id))
    assert [(row.order_id, row.author, row.body) for row in found] == [
        (order_id, "usr_ann", "Called back"),
        (order_id, "usr_ann", "x" * MAX_LENGTH),
    ]
    assert other not in {row.order_id for row in found}


def test_nothing_and_too_much_are_no_note_and_nobody_elses_order_gets_one(
    shop: Shop, new_shop: Callable[..., Shop]
) -> None:
    order_id = shop.place()

    for body in ("", "x" * (MAX_LENGTH + 1)):
        with pytest.raises(Invalid):
            write_note(shop.business_id, order_id, body=body, author="usr_ann")
    for business_id, unknown in ((new_shop().business_id, order_id), (shop.business_id, new_id())):
        with pytest.raises(NotFound):
            write_note(business_id, unknown, body="x", author="usr_ann")

    assert shop.many(select(OrderNote.id)) == []
