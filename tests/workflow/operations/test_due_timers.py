"""What is due for one business, and when the next is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from app.core import clock, db
from app.domain.orders.models import Order
from app.workflow.operations.due_timers import due_now, next_due
from tests.factories.shop import Shop


def test_the_next_moment_is_the_earliest_deadline_after_this_one(shop: Shop) -> None:
    first, second = shop.order(shop.place()).expires_at, shop.order(shop.place()).expires_at

    assert next_due(shop.business_id, first - timedelta(seconds=1)) == first
    assert next_due(shop.business_id, first) == second
    assert next_due(shop.business_id, second) is None


def test_what_is_due_is_told_by_its_job(shop: Shop) -> None:
    order_id = shop.place()
    before = [timer.job for timer in due_now(shop.business_id)]

    with db.phase("test", shop.business_id):
        db.write(update(Order).where(Order.id == order_id).values(expires_at=clock.now()), expect=1)

    assert (before, [timer.job for timer in due_now(shop.business_id)]) == ([], ["close_due"])
