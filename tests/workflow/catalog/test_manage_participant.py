"""Which system keeps a SKU's units: set, its secret shown once, and let go only when nothing is held there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.catalog.models import Sku
from app.workflow.catalog import manage_participant
from app.workflow.orders.close_orders import close_order
from tests.factories.seats import keep_seats
from tests.factories.shop import Shop


def test_the_secret_is_shown_once_and_stays_when_the_system_moves(shop: Shop) -> None:
    first = manage_participant.set_participant(shop.business_id, shop.sku_id, "https://seats.example/a")
    before = _participant(shop)
    second = manage_participant.set_participant(shop.business_id, shop.sku_id, "https://seats.example/b")

    assert first is not None
    assert first.startswith("whsec_")
    assert second is None
    assert first not in before["secret"]
    assert _participant(shop) == {"url": "https://seats.example/b", "secret": before["secret"]}


def test_a_rolled_secret_signs_the_next_call(shop: Shop) -> None:
    seats = keep_seats(shop, capacity=2)
    shop.place()

    rolled = manage_participant.roll_participant_secret(shop.business_id, shop.sku_id)
    with pytest.raises(Conflict):
        shop.place()  # the system still knows the old one
    shop.company("participants", {"system": seats.system, "secret": rolled, "capacity": 2})
    shop.place(buyer="buyer-2")

    assert rolled != seats.secret
    assert _participant(shop)["url"] == seats.url


def test_a_system_is_let_go_once_it_holds_nothing_for_us(shop: Shop) -> None:
    seats = keep_seats(shop, capacity=2)
    order_id = shop.place()
    with pytest.raises(Conflict) as refused:
        manage_participant.remove_participant(shop.business_id, shop.sku_id)
    kept = _participant(shop)["url"]

    close_order(shop.business_id, order_id, reason="cancelled", actor="test")
    shop.work_off()
    manage_participant.remove_participant(shop.business_id, shop.sku_id)
    shop.place(3)  # more than it had

    assert (refused.value.code, kept) == ("reservations_open", seats.url)
    assert (_participant(shop), seats.free) == ({}, 2)


def test_what_cannot_be_called_and_what_is_not_there_is_refused(shop: Shop) -> None:
    for url in ("seats.example", "ftp://seats.example/", "https://us:er@seats.example/"):
        with pytest.raises(Invalid):
            manage_participant.set_participant(shop.business_id, shop.sku_id, url)
    with pytest.raises(Conflict) as none:
        manage_participant.roll_participant_secret(shop.business_id, shop.sku_id)
    with pytest.raises(NotFound):
        manage_participant.set_participant(shop.business_id, new_id(), "https://seats.example/")
    for change in (manage_participant.roll_participant_secret, manage_participant.remove_participant):
        with pytest.raises(NotFound):
            change(shop.business_id, new_id())

    assert (none.value.code, _participant(shop)) == ("no_participant", {})


def _participant(shop: Shop) -> Any:
    return shop.one(select(Sku.participant).where(Sku.id == shop.sku_id)).participant
