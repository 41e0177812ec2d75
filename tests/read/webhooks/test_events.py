from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest

from app.core import db, outbox
from app.core.ids import new_id
from app.read.webhooks import events_resource as events


def test_no_event_appears_before_one_that_was_shown(
    shop: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "CLOCKS_APART_MS", 0)
    written, may_end = threading.Event(), threading.Event()
    early, late = new_id(), new_id()

    def dawdle() -> None:
        with db.phase("test.early", shop.business_id):
            emit(early)
            written.set()
            may_end.wait(60)

    def emit(aggregate_id: uuid.UUID) -> None:
        outbox.emit("order.created", aggregate_id=aggregate_id, payload={"order_id": str(aggregate_id)})
        db.flush()

    def shown() -> list[uuid.UUID]:
        found = events.list_events(shop.business_id, after=None, topic=None, limit=100)
        return [row.aggregate_id for row in found if row.aggregate_id in (early, late)]

    slow = threading.Thread(target=dawdle)
    slow.start()
    written.wait(60)
    with db.phase("test.late", shop.business_id):
        emit(late)
    meanwhile = shown()
    may_end.set()
    slow.join(60)
    wait_until(lambda: len(shown()) == 2)

    assert meanwhile == []
    assert shown() == [early, late]
