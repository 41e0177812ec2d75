"""What is stuck at a merchant's own system, by key."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.seats import keep_seats


def test_a_stuck_reservation_is_queried_and_released(merchant) -> None:
    shop = merchant.shop
    seats = keep_seats(shop, capacity=1)
    seats.script("confirm", "decline", times=2)
    order_id = shop.paid_order()

    [stuck] = merchant.get("/v1/reservations?stuck=true").json["data"]
    path = f"/v1/reservations/{stuck['id']}"
    response = merchant.post(f"{path}/retry", once=None).json
    released = merchant.post(f"{path}/release", {"reason": "Seated by hand"}, once=None)
    again = merchant.post(f"{path}/release", {"reason": "Seated by hand"}, once=None)
    nothing = merchant.post(f"{path}/retry", once=None).json

    assert (stuck["order_id"], stuck["target"]) == (show("ord", order_id), "confirm")
    assert (response["sent"], response["reservation"]["status"]) == (True, "stuck")
    assert released.json["next_attempt_at"] is None
    assert (again.status_code, again.json["code"]) == (409, "nothing_open")
    assert nothing == {"sent": False, "reservation": released.json}
    assert merchant.get(path).json == released.json
