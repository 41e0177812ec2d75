"""Chats that alerts are put into, by key."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.notifications.alerts.models import AlertChat
from app.workflow.operations.log_requests import write_noted
from tests.factories.chats import open_chat

SECRET = "secret-token"


def test_a_chat_is_added_tested_and_removed_and_its_address_stays_inside(merchant) -> None:
    with open_chat() as (url, received, answers):
        body = {"format": "plain", "url": url, "secret": "signs-it", "kinds": ["stock_low"]}
        made = merchant.post("/v1/alert_chats", body, once="one-chat")
        again = merchant.post("/v1/alert_chats", body, once="one-chat")
        path = f"/v1/alert_chats/{made.json['id']}"
        response = merchant.post(f"{path}/test", once=None).json
        answers.append(503)
        failed = merchant.post(f"{path}/test", once=None).json
    off = merchant.call("PATCH", path, {"enabled": False}).json
    write_noted()
    log = [each["id"] for each in merchant.get("/v1/request-logs").json["data"]]
    logged = [merchant.get(f"/v1/request-logs/{each}").text for each in log]

    assert made.status_code == 201
    assert again.json == made.json
    assert (made.json["kinds"], made.json["enabled"]) == (["stock_low"], True)
    assert (response["taken"], failed["taken"]) == (True, False)
    assert failed["problem"]
    assert len(received) == 2
    assert off == merchant.get(path).json == {**made.json, "enabled": False}
    assert merchant.get("/v1/alert_chats").json["data"] == [off]
    stored = merchant.shop.one(select(AlertChat.__table__))
    assert not [text for text in (made.text, str(stored), *logged) if SECRET in text or "signs-it" in text]
    assert merchant.call("DELETE", path).status_code == 204
    assert merchant.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "ftp://chat.example"}, "invalid_parameter"),
        ({"url": "https://ada:secret@chat.example/"}, "invalid_url"),
        ({"format": "pigeon"}, "invalid_parameter"),
        ({"kinds": ["weather"]}, "invalid_parameter"),
    ],
)
def test_a_chat_that_cannot_be_is_refused(merchant, change, code: str) -> None:
    answer = merchant.post("/v1/alert_chats", {"format": "slack", "url": "https://chat.example/x", **change})

    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_large_refunds_are_set_all_at_once(merchant) -> None:
    both = [{"currency": "JPY", "amount_minor": 5000}, {"currency": "USD", "amount_minor": 10_000}]

    response = merchant.post("/v1/large_refunds", {"amounts": both}, once=None).json
    twice = merchant.post("/v1/large_refunds", {"amounts": [both[0], both[0]]}, once=None)
    unknown = merchant.post("/v1/large_refunds", {"amounts": [{"currency": "XQX", "amount_minor": 1}]}, once=None)

    assert response["data"] == merchant.get("/v1/large_refunds").json["data"] == both
    assert (twice.json["code"], unknown.json["code"]) == ("invalid_parameter", "unknown_currency")
    assert merchant.post("/v1/large_refunds", {"amounts": []}, once=None).json["data"] == []
