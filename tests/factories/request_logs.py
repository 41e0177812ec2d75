"""Lines of the request log, as old as a test wants them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from app.core import clock, db, ids
from app.domain.insights.requests.models import RequestLog
from tests.factories.shop import Shop


def add_request(shop: Shop, *, days: int) -> None:
    """A line that was written so many days, and a minute, ago."""
    at = clock.now() - timedelta(days=days, minutes=1)
    with db.phase("test.request", shop.business_id):
        db.add(
            RequestLog,
            id=ids.first_at(at),
            created_at=at,
            method="GET",
            operation="list_orders",
            route="/v1/orders",
            path="/v1/orders",
            status=200,
            duration_ms=1,
            key_id=uuid.UUID(int=1),
            address="192.0.2.1",
            agent="",
            api_version="2026-01-01",
            replayed=False,
        )
