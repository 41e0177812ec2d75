"""Deliveries are forgotten after a while."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.webhooks import rules
from app.domain.webhooks.models import WebhookAttempt
from app.workflow.operations import prune_personal
from app.workflow.webhooks import manage_webhooks
from tests.factories.receiver import Receiver, deliveries_of, listen, send
from tests.factories.shop import Shop


def test_what_is_old_is_forgotten(clock: Any, shop: Shop, there: Receiver) -> None:
    endpoint_id = listen(shop, there, "order.created")
    shop.place()
    send(shop, endpoint_id)
    manage_webhooks.pause_endpoint(shop.business_id, endpoint_id, actor="test")
    shop.place()
    send(shop, endpoint_id)

    clock.move(rules.RETENTION.total_seconds() + 60)
    prune_personal.prune_business(shop.business_id)

    assert deliveries_of(shop, endpoint_id) == []
    assert shop.many(select(WebhookAttempt.id)) == []
