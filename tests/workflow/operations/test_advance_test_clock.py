"""Advancing a test clock: what is due on the way is done in order of time, for its business alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock, db
from app.core.db.models import StateChange
from app.core.errors import Invalid, NotFound
from app.core.ids import first_at
from app.domain.accounts.clocks import rules
from app.domain.accounts.clocks.errors import ClockState
from app.domain.orders.models import Order
from app.domain.orders.types import Buyer
from app.read.operations import test_clocks
from app.workflow.marketing import issue_coupons
from app.workflow.operations import advance_test_clock, manage_test_clock
from app.workflow.operations.advance_test_clock import carry_on
from app.workflow.orders import close_orders
from tests.factories.coupons import active_template, coupons_of
from tests.factories.shop import Shop

DAY = 86_400


def test_an_order_that_nobody_pays_is_closed_on_the_way_and_at_its_deadline(shop: Shop) -> None:
    order_id = shop.place()
    deadline = shop.order(order_id).expires_at

    shop.advance(DAY)

    order, steps = shop.order(order_id), db.table(StateChange)
    closed = shop.one(select(steps.c.created_at).where(steps.c.row_id == order_id, steps.c.to_state == "closed"))
    assert (order.status, order.close_reason) == ("closed", "expired")
    assert timedelta(0) <= closed.created_at - deadline < timedelta(seconds=60)


def test_coupons_end_on_the_way(shop: Shop) -> None:
    template_id = active_template(shop.business_id, valid_days=2, ends_at=clock.now() + timedelta(days=30))
    issue_coupons.issue_coupon(shop.business_id, template_id, buyer=Buyer(reference="ann"), actor="test")
    shop.advance(DAY)
    before = coupons_of(shop)[0].status

    shop.advance(2 * DAY)

    assert (before, coupons_of(shop)[0].status) == ("issued", "expired")


def test_what_was_delivered_is_completed_on_the_way(shop: Shop) -> None:
    order_id = shop.paid_order()
    shop.work_off()

    shop.advance(8 * DAY)

    order = shop.order(order_id)
    assert order.status == "completed"
    assert timedelta(days=6.9) < order.completed_at - order.fulfilled_at < timedelta(days=7.1)


def test_the_time_goes_on_from_there_for_this_business_and_for_no_other(
    shop: Shop, new_shop: Callable[..., Shop]
) -> None:
    other = new_shop()
    its_order = other.place()

    shop.advance(10 * DAY)

    mine = shop.order(shop.place())
    assert mine.created_at - clock.actual() > timedelta(days=9.9)
    assert other.order(its_order).status == "created"
    assert abs(other.order(other.place()).created_at - clock.actual()) < timedelta(minutes=1)
    other.audit()


def test_deadlines_that_come_later_are_kept_by_the_business_s_time(shop: Shop) -> None:
    shop.advance(10 * DAY)
    order_id = shop.place()
    close_orders.close_due()
    assert shop.order(order_id).status == "created"

    shop.advance(1900)

    assert shop.order(order_id).status == "closed"


def test_a_clock_that_is_ready_goes_on_and_what_is_due_is_done_by_the_job(shop: Shop) -> None:
    shop.advance(DAY)
    order_id = shop.place()
    _expire_now(shop, order_id)

    advance_test_clock.run_due()

    assert shop.order(order_id).status == "closed"


def test_a_second_advance_at_once_is_refused(shop: Shop) -> None:
    manage_test_clock.create_test_clock(shop.business_id, actor="test")
    refused: list[str] = []

    def advance() -> None:
        try:
            advance_test_clock.advance_test_clock(shop.business_id, clock.actual() + timedelta(days=1), actor="test")
        except ClockState as error:
            refused.append(error.code)

    both = [threading.Thread(target=advance) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert refused == ["test_clock_advancing"]
    _finish(shop)


@pytest.mark.parametrize("by", [timedelta(0), timedelta(days=-1), rules.MAX_ADVANCE + timedelta(days=1)])
def test_it_goes_neither_back_nor_too_far(shop: Shop, by: timedelta) -> None:
    manage_test_clock.create_test_clock(shop.business_id, actor="test")

    with pytest.raises(Invalid):
        advance_test_clock.advance_test_clock(shop.business_id, clock.actual() + by, actor="test")


def test_a_business_without_a_clock_has_none_to_advance(shop: Shop) -> None:
    with pytest.raises(NotFound):
        advance_test_clock.advance_test_clock(shop.business_id, datetime(2100, 1, 1, tzinfo=UTC), actor="test")


def test_it_stops_after_so_many_moments_and_goes_on_when_it_is_advanced_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_STEPS", 3)
    manage_test_clock.create_test_clock(shop.business_id, actor="test")
    to = clock.actual() + timedelta(days=30)
    advance_test_clock.advance_test_clock(shop.business_id, to, actor="test")
    _finish(shop)
    stopped = test_clocks.find(shop.business_id)
    assert stopped is not None
    assert (stopped.status, "more than 3 moments" in stopped.error) == ("internal_failure", True)
    monkeypatch.undo()

    advance_test_clock.advance_test_clock(shop.business_id, to, actor="test")
    _finish(shop)

    arrived = test_clocks.find(shop.business_id)
    assert arrived is not None
    assert (arrived.status, arrived.error, arrived.now >= to) == ("ready", "", True)


def test_ids_keep_everybodys_time(shop: Shop) -> None:
    shop.advance(30 * DAY)

    assert shop.place() < first_at(clock.actual() + timedelta(minutes=1))


def _expire_now(shop: Shop, order_id: object) -> None:
    with db.phase("test", shop.business_id):
        db.write(update(Order).where(Order.id == order_id).values(expires_at=clock.now()), expect=1)


def _finish(shop: Shop) -> None:
    while carry_on(shop.business_id):
        pass
