"""Endpoints: made, paused, enabled and removed; their secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db.models import OutboxEvent
from app.core.errors import Invalid, NotFound
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.receiver import Receiver, deliveries_of, endpoint, listen, send
from tests.factories.shop import Shop


def test_days_of_failures_pause_it_and_nothing_is_lost(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    there.answers = [(503, {}, b"")] * 40
    shop.place()
    for _ in range(4):
        send(shop, endpoint_id)
        clock.move(86_000)
    send(shop, endpoint_id)
    shop.place()
    send(shop, endpoint_id)
    paused = endpoint(shop, endpoint_id)
    there.answers.clear()

    manage_webhooks.enable_endpoint(shop.business_id, endpoint_id, skip_waiting=False, actor="test")
    send(shop, endpoint_id)

    assert (paused.status, paused.pause_reason, paused.error) == ("paused", "failing", "The endpoint answered 503.")
    assert [each.status for each in deliveries_of(shop, endpoint_id)] == ["delivered"] * 2
    assert _topics(shop)[-3:] == ["webhook_endpoint.paused", "order.created", "webhook_endpoint.enabled"]


def test_both_secrets_count_until_the_overlap_is_over(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "webhook.test")
    old = there.secret
    new = manage_webhooks.roll_secret(shop.business_id, endpoint_id, overlap=timedelta(hours=24))
    for there.secret in (old, new):
        manage_webhooks.send_test(shop.business_id, endpoint_id)
        send(shop, endpoint_id)
    clock.move(86_401)
    manage_webhooks.send_test(shop.business_id, endpoint_id)
    send(shop, endpoint_id)

    signatures = [each["webhook-signature"].split(" ") for each in there.headers]
    assert [len(each) for each in signatures] == [2, 2, 1]
    assert there.types == ["webhook.test"] * 3


def test_a_removed_endpoint_gets_nothing_and_what_waited_is_skipped(shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    shop.place()
    manage_webhooks.pause_endpoint(shop.business_id, endpoint_id, actor="test")
    send(shop, endpoint_id)
    shop.place()

    manage_webhooks.remove_endpoint(shop.business_id, endpoint_id, actor="test")
    send(shop, endpoint_id)
    shop.place()

    assert (there.received, {each.status for each in deliveries_of(shop, endpoint_id)}) == ([], {"skipped"})
    assert len(deliveries_of(shop, endpoint_id)) == 2
    with pytest.raises(NotFound):
        manage_webhooks.send_test(shop.business_id, endpoint_id)


@pytest.mark.parametrize(
    ("url", "topics", "code"),
    [
        ("ftp://shop.example", ["*"], "invalid_url"),
        ("https://u:p@shop.example", ["*"], "invalid_url"),
        ("https://shop.example", [], "unknown_event_type"),
        ("https://shop.example", ["order.eaten"], "unknown_event_type"),
        ("https://shop.example", ["order.coupons_due"], "unknown_event_type"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(shop: Shop, url: str, topics: list[str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        manage_webhooks.create_endpoint(shop.business_id, EndpointCommand(url, topics), actor="test")

    assert refused.value.code == code


def _topics(shop: Shop) -> list[str]:
    return [row.topic for row in shop.many(select(OutboxEvent.topic).order_by(OutboxEvent.id))]
