"""Alerts: raised once, ended by themselves, sent to subscribers, and never many at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.core import clock as clocks
from app.core import db
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.workflow.notifications import raise_alerts
from tests.factories.alerts import few_left, kinds_of, mails_to, send_alerts_now
from tests.factories.people import make_user
from tests.factories.receiver import listen, receiver, send
from tests.factories.shop import Shop

pytestmark = pytest.mark.usefixtures("own_database")


def test_an_endpoint_that_fails_is_alerted_once_by_name_and_answer(shop: Shop, box: Path) -> None:
    developer = make_user(shop.business_id, "developer")
    viewer = make_user(shop.business_id, "viewer")
    with receiver() as hook:
        endpoint_id = listen(shop, hook)
        hook.answers = [(503, {}, b"down")] * 20
        for _ in range(4):
            shop.place()
            _hurry(shop)
            send(shop, endpoint_id)

        for _ in range(2):
            raise_alerts.raise_due()
            send_alerts_now(shop)

        assert kinds_of(shop) == [("webhook_failing", True)]
        [mail] = mails_to(box, developer)
        assert "failing" in mail["Subject"]
        text = mail.get_body(("plain",)).get_content()
        assert "answered 503" in text
        assert "127.0.0.1" in text
        assert "token=abc" not in text
        assert "test mode" in text
        assert mails_to(box, viewer) == []

    _change_endpoint(shop, failures=0, failing_since=None)
    raise_alerts.raise_due()
    assert kinds_of(shop) == [("webhook_failing", False)]


def test_what_comes_back_soon_is_the_same_alert(shop: Shop, clock: Any) -> None:
    for left in (1, 100, 1):
        few_left(shop, stock=left)
        raise_alerts.raise_due()
    soon = kinds_of(shop)
    few_left(shop, stock=100)
    raise_alerts.raise_due()
    clock.move(3601)
    few_left(shop)
    raise_alerts.raise_due()

    assert soon == [("stock_low", True)]
    assert kinds_of(shop) == [("stock_low", False), ("stock_low", True)]


def _hurry(shop: Shop) -> None:
    """What waits for the endpoint is due now."""
    _change_endpoint(shop, due_at=clocks.now(), deferred_until=None)
    with db.phase("test.hurry", shop.business_id):
        waiting = update(WebhookDelivery).where(WebhookDelivery.status == "pending")
        db.run(waiting.values(next_attempt_at=clocks.now()))


def _change_endpoint(shop: Shop, **values: Any) -> None:
    with db.phase("test.endpoint", shop.business_id):
        db.run(update(WebhookEndpoint).values(**values))
