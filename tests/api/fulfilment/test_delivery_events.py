"""Events of deliveries over HTTP: by key, by signature, forged, old, doubled, and replayed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.core import clock as now_clock
from app.core.http import merchant_call
from app.core.ids import new_id, show
from tests.factories.deliveries import try_now
from tests.factories.merchant import MerchantSystem, delivery_of, merchant_system, sell_through


@pytest.fixture
def system() -> Iterator[MerchantSystem]:
    """The merchant's own system."""
    with merchant_system() as running:
        yield running


@pytest.fixture
def delivery(merchant: Any, system: MerchantSystem) -> Any:
    """A delivery that the merchant's system took on."""
    shop = merchant.shop
    sell_through(shop, system)
    system.answers = [(202, {})]
    order_id = shop.paid_order()
    try_now(shop, order_id)
    return delivery_of(shop, order_id)


def path_of(system: MerchantSystem) -> str:
    url = system.received[0]["events_url"]
    return "/" + url.split("/", 3)[3]


def send(merchant: Any, path: str, secret: str, event: dict[str, Any], *, once: str = "evt-1") -> Any:
    body = json.dumps(event).encode()
    headers = {"Content-Type": "application/json", **merchant_call.sign(secret, once, body)}
    return merchant.client.post(path, data=body, headers=headers)


def status(merchant: Any, delivery: Any) -> str:
    found = merchant.get(f"/v1/deliveries?order_id={show('ord', delivery.order_id)}").json["data"]
    return str(found[0]["status"])


def test_an_api_key_says_what_came_of_it(merchant: Any, delivery: Any) -> None:
    path = f"/v1/deliveries/{show('dlv', delivery.id)}/events"

    first = merchant.post(path, {"id": "a", "type": "progress", "text": "packing"}, once=None)
    made = [merchant.post(path, {"id": "b", "type": "delivered", "text": "Hi"}, once=None) for _ in range(2)]
    reused = merchant.post(path, {"id": "b", "type": "failed"}, once=None)

    assert (first.json["verdict"], made[0].json) == ("applied", made[1].json)
    assert (reused.status_code, reused.json["code"]) == (409, "event_id_used")
    assert status(merchant, delivery) == "delivered"
    listed = merchant.get(f"/v1/inbound_events?subject_id={show('dlv', delivery.id)}").json["data"]
    assert [each["type"] for each in listed] == ["delivered", "progress"]
    replayed = merchant.post(f"/v1/inbound_events/{listed[0]['id']}/replay", once=None)
    assert (replayed.json["verdict"], replayed.json["replay_count"]) == ("ignored", 1)


def test_the_system_itself_says_so_with_its_signature(merchant: Any, delivery: Any, system: MerchantSystem) -> None:
    answers = [send(merchant, path_of(system), system.secret, {"type": "delivered"}) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert status(merchant, delivery) == "delivered"


def test_what_is_forged_recorded_or_for_another_is_refused(
    merchant: Any, delivery: Any, system: MerchantSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, event = path_of(system), {"type": "delivered"}
    other = path.replace(show("dlv", delivery.id), show("dlv", new_id()))

    forged = send(merchant, path, merchant_call.new_secret(), event)
    elsewhere = send(merchant, other, system.secret, event)
    bare = merchant.client.post(path, json=event)
    with monkeypatch.context() as patch:
        patch.setattr(now_clock, "real_s", lambda: time.time() - 400)
        body = json.dumps(event).encode()
        old = merchant_call.sign(system.secret, "evt-9", body)
    recorded = merchant.client.post(path, data=body, headers={"Content-Type": "application/json", **old})
    changed = merchant.client.post(
        path, data=b'{"type": "failed"}', headers=merchant_call.sign(system.secret, "evt-8", body)
    )

    refused = (forged, elsewhere, bare, recorded, changed)
    assert [(each.status_code, each.json["code"]) for each in refused] == [(403, "invalid_signature")] * 5
    assert status(merchant, delivery) == "pending"
    assert merchant.get("/v1/inbound_events").json["data"] == []


def test_a_signed_event_that_makes_no_sense_is_refused(merchant: Any, delivery: Any, system: MerchantSystem) -> None:
    for event in ({"type": "eaten"}, {}, {"type": "progress", "expected_at": "soon"}):
        answer = send(merchant, path_of(system), system.secret, event)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_event")

    assert status(merchant, delivery) == "pending"
