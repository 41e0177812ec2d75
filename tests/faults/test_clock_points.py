"""Advancing a test clock, stopped dead at each step: another process goes on, and time does not go back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.core import clock, db
from app.core.db.models import StateChange
from app.core.ids import new_id
from app.domain.accounts.clocks import models
from app.read.operations import test_clocks
from app.workflow.operations import advance_test_clock, manage_test_clock
from tests.factories.shop import Shop


@pytest.mark.parametrize(
    "point",
    [
        "advance_test_clock.claim.after",
        "advance_test_clock.move.before_commit",
        "advance_test_clock.move.after",
        "advance_test_clock.finish.before_commit",
        "advance_test_clock.finish.after",
    ],
)
def test_another_process_goes_on_where_one_died(shop: Shop, dies: Callable[..., None], point: str) -> None:
    order_id = shop.place()
    deadline = shop.order(order_id).expires_at
    manage_test_clock.create_test_clock(shop.business_id, actor="test")
    to = clock.actual() + timedelta(days=2)
    advance_test_clock.advance_test_clock(shop.business_id, to, actor="test")

    dies(shop, "clock", new_id(), at=point)
    between = test_clocks.of_business(shop.business_id).now
    _let_the_lease_end(shop)
    while advance_test_clock.carry_on(shop.business_id):
        pass

    arrived = test_clocks.of_business(shop.business_id)
    assert (arrived.status, arrived.now >= max(to, between)) == ("ready", True)
    steps = db.table(StateChange)
    closed = select(func.count(), func.min(steps.c.created_at)).where(
        steps.c.row_id == order_id, steps.c.to_state == "closed"
    )
    [(number, at)] = shop.many(closed)
    assert (number, timedelta(0) <= at - deadline < timedelta(minutes=5)) == (1, True)


def _let_the_lease_end(shop: Shop) -> None:
    with db.phase("test", shop.business_id):
        db.run(update(models.TestClock).values(claimed_until=clock.actual()))
