"""Deliveries that are sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.ids import show
from app.domain.webhooks import rules
from app.domain.webhooks.models import WebhookAttempt
from app.workflow.accounts.change_settings import change_settings
from app.workflow.webhooks import manage_webhooks, replay_webhooks
from app.workflow.webhooks.replay_webhooks import Extent
from tests.factories.receiver import OF_AN_ORDER, Receiver, deliveries_of, listen, send
from tests.factories.shop import Shop


def test_an_event_that_is_never_taken_fails_after_ten_tries_and_the_gap_is_replayed(
    clock: Any, shop: Shop, there: Receiver
) -> None:
    endpoint_id = listen(shop, there, "order.created", "webhook.test")
    there.poison = {show("ord", shop.place())}
    for _ in range(rules.MAX_ATTEMPTS):
        manage_webhooks.send_test(shop.business_id, endpoint_id)  # taken, so that the endpoint is well
        send(shop, endpoint_id)
        clock.move(96_000)
    statuses = [each.status for each in deliveries_of(shop, endpoint_id)]

    there.poison.clear()
    done = replay_webhooks.replay_extent(shop.business_id, endpoint_id, Extent(), actor="test")
    send(shop, endpoint_id)
    nothing = replay_webhooks.replay_extent(shop.business_id, endpoint_id, Extent(), actor="test")

    assert statuses == ["failed"] + ["delivered"] * rules.MAX_ATTEMPTS
    assert (done.count, nothing.count) == (1, 0)
    assert sum(each == there.received[-1] for each in there.received) == rules.MAX_ATTEMPTS + 1
    assert len(shop.many(select(WebhookAttempt.id))) == len(there.received)


def test_an_event_fails_after_as_many_tries_as_the_business_chose(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created", "webhook.test")
    there.poison = {show("ord", shop.place())}
    change_settings(shop.business_id, {"webhook_attempts": 3}, actor="test")
    for _ in range(3):
        statuses = [each.status for each in deliveries_of(shop, endpoint_id)]
        manage_webhooks.send_test(shop.business_id, endpoint_id)
        send(shop, endpoint_id)
        clock.move(96_000)

    assert statuses[0] == "pending"
    assert [each.status for each in deliveries_of(shop, endpoint_id)] == ["failed"] + ["delivered"] * 3


def test_one_and_all_are_replayed_also_what_was_taken(shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there)
    shop.paid_order()
    send(shop, endpoint_id)
    paid = next(each for each in deliveries_of(shop, endpoint_id) if each.topic == "order.paid")

    replay_webhooks.replay_delivery(shop.business_id, paid.id, actor="test")
    send(shop, endpoint_id)
    everything = Extent(since=clock.now() - timedelta(hours=1), also_delivered=True)
    done = replay_webhooks.replay_extent(shop.business_id, endpoint_id, everything, actor="test")
    send(shop, endpoint_id)

    assert done.count == len(OF_AN_ORDER) + 1  # the product, which was published before anybody listened
    assert there.types[: len(OF_AN_ORDER) + 1] == [*OF_AN_ORDER, "order.paid"]
    again = there.types[len(OF_AN_ORDER) + 1 :]  # objects come side by side, each in its order
    assert [each for each in again if each != "product.published"] == OF_AN_ORDER
    assert len(again) == done.count
