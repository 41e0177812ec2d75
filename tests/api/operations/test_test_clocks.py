"""/v1/test_clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.core import clock
from app.core.ids import show
from app.workflow.operations import advance_test_clock
from tests.factories.shop import Shop


def test_a_clock_is_made_advanced_and_arrives(merchant: Any, shop: Shop) -> None:
    made = merchant.post("/v1/test_clocks")
    to = (clock.actual() + timedelta(days=3)).replace(microsecond=0)

    moving = merchant.post(f"/v1/test_clocks/{made.json['id']}/advance", {"time": _text(to)})
    while advance_test_clock.carry_on(shop.business_id):
        pass

    arrived = merchant.get(f"/v1/test_clocks/{made.json['id']}").json
    assert (made.status_code, made.json["status"], moving.json["status"]) == (201, "ready", "advancing")
    assert (arrived["status"], arrived["target_time"]) == ("ready", None)
    assert datetime.fromisoformat(arrived["time"]) >= to
    assert [each["id"] for each in merchant.get("/v1/test_clocks").json["data"]] == [made.json["id"]]


def test_an_order_made_later_has_the_time_of_the_business(merchant: Any, shop: Shop) -> None:
    shop.advance(30 * 86_400)

    shown = show("ord", shop.place())

    order = merchant.get(f"/v1/orders/{shown}").json
    assert datetime.fromisoformat(order["created_at"]) - clock.actual() > timedelta(days=29)


def test_a_second_advance_waits_for_the_first(merchant: Any) -> None:
    clock_id = merchant.post("/v1/test_clocks").json["id"]
    merchant.post(f"/v1/test_clocks/{clock_id}/advance", {"time": _text(clock.actual() + timedelta(days=1))})

    refused = merchant.post(f"/v1/test_clocks/{clock_id}/advance", {"time": _text(clock.actual() + timedelta(days=2))})

    assert (refused.status_code, refused.json["code"]) == (409, "test_clock_advancing")


def test_a_second_clock_and_a_time_that_is_over_are_refused(merchant: Any) -> None:
    clock_id = merchant.post("/v1/test_clocks").json["id"]

    second = merchant.post("/v1/test_clocks")
    back = merchant.post(f"/v1/test_clocks/{clock_id}/advance", {"time": _text(clock.actual() - timedelta(days=1))})

    assert (second.status_code, second.json["code"]) == (409, "test_clock_exists")
    assert (back.status_code, back.json["code"]) == (422, "invalid_test_clock_time")


def test_one_that_was_never_advanced_goes(merchant: Any) -> None:
    clock_id = merchant.post("/v1/test_clocks").json["id"]

    gone = merchant.call("DELETE", f"/v1/test_clocks/{clock_id}")

    assert (gone.status_code, merchant.get("/v1/test_clocks").json["data"]) == (204, [])
    assert merchant.get(f"/v1/test_clocks/{clock_id}").status_code == 404


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
