"""What orders hold, what became stuck, and what people do about it."""

from __future__ import annotations

from sqlalchemy import select

from app.core.ids import show
from app.domain.orders.reservations.models import Reservation
from tests.factories.seats import keep_seats
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_stuck_reservation_is_queried_and_released_with_a_reason(shop: Shop, owner: Visitor) -> None:
    assert "No reservations" in owner.get("/portal/reservations").text
    seats = keep_seats(shop, capacity=1)
    order_id = shop.place()
    assert "Your system" in owner.get("/portal/reservations?participant=remote").text
    seats.script("confirm", "decline", times=2)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    row = shop.one(select(Reservation.id).where(Reservation.kind == "remote"))

    assert "Stuck" in owner.get("/portal/reservations?state=stuck").text
    page = owner.get(f"/portal/reservations/{show('rsv', row.id)}")
    page = page.form("/retry").send()
    assert "See its response below" in page.text
    assert "Enter a reason." in page.form("/release").send(reason="").text
    page = page.form("/release").send(reason="Seated by hand")

    assert "Released." in page.text
    assert "Nothing is stuck" in owner.get("/portal/reservations?state=stuck").text
    assert owner.get("/portal/reservations?state=all&participant=stock&cursor=x").status == 200
