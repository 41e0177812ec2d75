"""Endpoints, deliveries and events over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from standardwebhooks.webhooks import Webhook

from app.core.ids import parse
from tests.api.conftest import Merchant
from tests.factories.receiver import Receiver, receiver, send


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def test_an_endpoint_is_made_used_changed_and_removed(merchant: Merchant, there: Receiver) -> None:
    body = {"url": there.url, "events": ["order.created"], "description": "Orders"}
    made = merchant.post("/v1/webhook_endpoints", body, once="endpoint-01")
    again = merchant.post("/v1/webhook_endpoints", body, once="endpoint-01")
    there.secret, path = made.json["secret"], f"/v1/webhook_endpoints/{made.json['id']}"

    order = merchant.post("/v1/orders", merchant.session_body() | {"channel": "simulator"})
    send(merchant.shop, parse("whe", made.json["id"]))
    [delivery] = merchant.get(f"/v1/webhook_deliveries?endpoint_id={made.json['id']}&status=delivered").json["data"]
    whole = merchant.get(f"/v1/webhook_deliveries/{delivery['id']}").json
    event = merchant.get(f"/v1/events/{delivery['event_id']}").json
    changed = merchant.call("PATCH", path, {"events": ["order.*"], "in_order": False}).json
    response = merchant.call("DELETE", path)

    assert (made.status_code, again.json) == (201, made.json)
    assert there.received == [event] == [whole["event"]]
    assert event["data"] == {"order_id": order.json["id"]}
    assert (event["object_id"], whole["attempts"][0]["http_status"]) == (order.json["id"], 200)
    assert "webhook-signature" not in whole["attempts"][0]["headers"]
    assert (changed["events"], changed["in_order"], changed["url"]) == (["order.*"], False, there.url)
    assert (response.status_code, merchant.get(path).status_code) == (204, 404)


def test_it_is_paused_enabled_tried_rolled_and_replayed(merchant: Merchant, there: Receiver) -> None:
    made = merchant.post("/v1/webhook_endpoints", {"url": there.url, "events": ["order.*"]}).json
    path, there.secret = f"/v1/webhook_endpoints/{made['id']}", made["secret"]
    paused = merchant.post(f"{path}/pause", once=None).json
    merchant.post("/v1/orders", merchant.session_body() | {"channel": "simulator"})
    skipped = merchant.post(f"{path}/enable", {"waiting": "send"}, once=None).json
    rolled = merchant.post(f"{path}/roll_secret", {"overlap_s": 60}, once=None).json
    tried = merchant.post(f"{path}/test", once=None).json
    send(merchant.shop, parse("whe", made["id"]))

    again = merchant.post(f"{path}/replay", {"which": "all"}, once=None).json
    one = merchant.post(f"{path}/replay", {"event_id": tried["event_id"]}, once=None).json
    [newest, *_] = merchant.get(f"/v1/webhook_deliveries?event_id={tried['event_id']}").json["data"]
    sooner = merchant.post(f"/v1/webhook_deliveries/{newest['id']}/replay", once=None).json

    assert (paused["status"], paused["pause_reason"], skipped["status"]) == ("paused", "manual", "enabled")
    assert sorted(there.types) == ["order.created", "webhook.test"]
    assert Webhook(rolled["secret"])
    assert rolled["old_until"]
    assert (again["count"], one["count"], newest["is_replay"], sooner["id"]) == (1, 1, True, newest["id"])


def test_every_type_of_events_has_its_schema(merchant: Merchant) -> None:
    types = {each["type"]: each for each in merchant.get("/v1/event_types").json["data"]}

    assert types["order.paid"]["json_schema"]["properties"]["data"]["required"] == ["order_id"]
    assert "order.coupons_due" not in types


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://hooks.example/", "events": ["order.eaten"]}, "unknown_event_type"),
        ({"url": "https://u:p@hooks.example/", "events": ["*"]}, "invalid_url"),
        ({"url": "https://hooks.example/", "events": []}, "invalid_parameter"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(merchant: Merchant, body: dict[str, object], code: str) -> None:
    answer = merchant.post("/v1/webhook_endpoints", body)

    assert (answer.status_code, answer.json["code"]) == (422, code)
