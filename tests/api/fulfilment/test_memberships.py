"""Memberships over HTTP."""

from __future__ import annotations

from datetime import timedelta

from app.core import clock as now_clock
from app.core.ids import new_id, show
from tests.factories.memberships import DAY_S, refresh


def granted(merchant, buyer: str = "ann", days: int = 30, **more: str) -> dict:
    body = {"buyer_reference": buyer, "sku_id": show("sku", merchant.shop.sku_id), "days": days, "reason": "a gift"}
    answer = merchant.post("/v1/memberships", body | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def test_a_membership_is_granted_once_under_its_key(merchant) -> None:
    sku_id = show("sku", merchant.shop.sku_id)
    body = {"buyer_reference": "ann", "sku_id": sku_id, "days": 30, "reason": "a gift"}

    made = [merchant.post("/v1/memberships", body, once="grant-0001") for _ in range(2)]

    assert made[0].json == made[1].json
    assert (made[0].json["status"], made[0].json["current"]["level"]) == ("active", "")
    assert merchant.get(f"/v1/memberships/{made[0].json['id']}").json == made[0].json


def test_members_are_listed_without_naming_a_buyer(merchant, clock) -> None:
    granted(merchant, "over", 1)
    granted(merchant, "soon", 3)
    granted(merchant, "long", 90)
    clock.move(2 * DAY_S)
    until = (now_clock.now() + timedelta(days=30)).isoformat().replace("+00:00", "Z")

    def buyers(query: str) -> list[str]:
        return [each["buyer_reference"] for each in merchant.get(f"/v1/memberships?{query}").json["data"]]

    assert buyers("") == ["long", "soon"]
    assert buyers("status=all") == ["long", "soon", "over"]
    assert (buyers("status=ended"), buyers("status=ending")) == (["over"], ["soon"])
    assert buyers(f"ends_after={until}") == ["long"]
    assert buyers(f"product_id={show('prd', merchant.shop.product_id)}&ends_before={until}") == ["soon"]
    assert (buyers("buyer_reference=soon"), buyers("level=Gold")) == (["soon"], [])
    first = merchant.get("/v1/memberships?limit=1").json
    rest = merchant.get(f"/v1/memberships?limit=1&cursor={first['next_cursor']}").json
    assert (first["has_more"], rest["data"][0]["buyer_reference"]) == (True, "soon")
    assert merchant.get(f"/v1/memberships?product_id={show('prd', new_id())}").json["data"] == []


def test_memberships_are_changed_and_say_how(merchant) -> None:
    row = granted(merchant)["id"]
    until = (now_clock.now() + timedelta(days=3)).isoformat(timespec="seconds").replace("+00:00", "Z")

    longer = merchant.post(f"/v1/memberships/{row}/extend", {"days": 5, "reason": "sorry"}).json
    shorter = merchant.post(f"/v1/memberships/{row}/shorten", {"ends_at": until, "reason": "asked"}).json
    moved = merchant.post(f"/v1/memberships/{row}/move", {"buyer_reference": "zoe", "reason": "asked"}).json
    ended = merchant.post(f"/v1/memberships/{moved['id']}/revoke", {"reason": "a mistake"})
    again = merchant.post(f"/v1/memberships/{moved['id']}/revoke", {"reason": "a mistake"})

    assert longer["ends_at"] > shorter["ends_at"]
    assert moved["buyer_reference"] == "zoe"
    assert (ended.json["status"], ended.json["current"]) == ("ended", None)
    assert (again.status_code, again.json["code"]) == (409, "membership_ended")
    changes = merchant.get(f"/v1/memberships/{row}/changes").json["data"]
    assert [each["kind"] for each in changes] == ["moved_away", "shortened", "extended", "granted"]
    assert changes[0]["other_membership_id"] == moved["id"]
    [time] = merchant.get("/v1/entitlements?buyer_reference=ann").json["data"][-1:]
    assert time["order_id"] is None


def test_events_name_the_membership(merchant) -> None:
    row = granted(merchant)
    refresh(merchant.shop)

    events = [each for each in merchant.get("/v1/events").json["data"] if each["type"].startswith("membership.")]

    for event in events:
        assert (event["type"], event["object_id"]) == ("membership.started", row["id"])
        assert event["data"]["buyer_reference"] == "ann"
