"""What goes on by itself while a business is read-only or closed, and what waits: money that has begun to move comes to
its end, and nothing else changes."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock, db
from app.core.ids import new_id, show
from app.domain.accounts.business.models import Approval, Business
from app.domain.catalog.models import Product, ProductImport
from app.domain.insights.lists.models import BulkRun
from app.domain.reconciliation.models import Case
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.lifecycle.suspend_business import lift, suspend
from app.workflow.catalog import import_products, manage_catalog, schedule_products
from app.workflow.orders import bulk_orders, close_orders
from tests.factories.people import make_user
from tests.factories.shop import Shop

FILE = b"product,sku,name,price,currency,status\nMap,MAP-1,Map,3.00,USD,draft\n"
Stop = Callable[[Shop], None]


def close(shop: Shop) -> None:
    """Close the business, as its approval does."""
    with db.system_phase("test.close"):
        db.write(update(Business).where(Business.id == shop.business_id).values(closed_at=clock.actual()), expect=1)


def freeze(shop: Shop) -> None:
    """Make the business read-only."""
    suspend(shop.business_id, level="read_only", reason="Looked into.")


@pytest.fixture(params=[close, freeze])
def stop(request: pytest.FixtureRequest) -> Stop:
    """Either way of stopping a business."""
    found: Stop = request.param
    return found


def test_a_payment_that_began_is_paid_and_delivered(shop: Shop, stop: Stop) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    stop(shop)

    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert shop.order(order_id).status == "fulfilled"


def test_a_payment_that_nobody_tells_of_is_asked_about(shop: Shop, stop: Stop) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    stop(shop)

    shop.approve(attempt_id)
    shop.poll(attempt_id)

    assert shop.attempt(attempt_id).status == "succeeded"


def test_money_that_comes_too_late_opens_a_case_and_goes_back(shop: Shop, stop: Stop) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.notice(attempt_id, event="payment.failed", status="failed", decline_code="declined")
    close_orders.close_order(shop.business_id, order_id, reason="cancelled", actor="test")
    stop(shop)

    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert [row.kind for row in shop.many(select(Case.kind))] == ["late_payment"]
    assert [(each.amount_minor, each.status) for each in shop.refunds(order_id)] == [(1000, "succeeded")]


def test_a_refund_that_was_asked_for_is_made(shop: Shop, stop: Stop) -> None:
    order_id = shop.paid_order()
    transaction_id = shop.refund(order_id, 300)
    stop(shop)

    shop.poll(shop.refund_attempt(transaction_id).id)
    shop.work_off()

    assert shop.order(order_id).refunded_minor == 300


def test_a_file_of_products_waits(shop: Shop, stop: Stop) -> None:
    import_id = import_products.start_import(shop.business_id, io.BytesIO(FILE), actor="test")
    with db.phase("test.again", shop.business_id):
        db.write(db.change(ProductImport, import_id, status="checking", checked_line=0), expect=1)
    stop(shop)

    import_products.work_due(slice_s=5)

    assert shop.one(select(ProductImport.status).where(ProductImport.id == import_id)).status == "checking"


def test_a_product_goes_on_sale_once_the_business_may_change_again(shop: Shop) -> None:
    manage_catalog.unpublish_product(shop.business_id, shop.product_id, actor="test")
    moment = clock.now() + timedelta(milliseconds=1)
    begins = {"starts_at": clock.now() + timedelta(hours=1), "ends_at": None}
    schedule_products.schedule_product(shop.business_id, shop.product_id, **begins, actor="test")
    with db.phase("test.begins", shop.business_id):
        db.write(db.change(Product, shop.product_id, on_sale_at=moment), expect=1)
    freeze(shop)

    schedule_products.keep_schedules()
    waiting = _product(shop)
    lift(shop.business_id)
    schedule_products.keep_schedules()

    assert (waiting, _product(shop)) == ("scheduled", "on_sale")


def test_what_is_done_to_many_orders_waits_while_nothing_may_change(shop: Shop) -> None:
    run_id = new_id()
    bulk_orders.start_bulk(shop.business_id, "note", [shop.place()], actor="usr_x", run_id=run_id, note="Called.")
    with db.phase("test.again", shop.business_id):
        db.write(db.change(BulkRun, run_id, finished_at=None), expect=1)
    freeze(shop)

    bulk_orders.work_due(slice_s=5)
    waiting = _finished(shop, run_id)
    lift(shop.business_id)
    bulk_orders.work_due(slice_s=5)

    assert waiting is None
    assert _finished(shop, run_id) is not None


def test_limits_that_were_approved_are_not_raised_once_it_is_closed(shop: Shop) -> None:
    ann, ben = (show("usr", make_user(shop.business_id).user_id) for _ in range(2))
    set_approval_limits(shop.business_id, {"refund": {"USD": 100}}, actor=ann)
    set_approval_limits(shop.business_id, {"refund": {"USD": 900}}, actor=ann)
    [row] = shop.many(select(Approval.__table__).where(Approval.kind == "limits"))
    decide_approval.approve(shop.business_id, row.id, actor=ben)
    with db.system_phase("test.closed"):
        own = Business.id == shop.business_id
        db.write(update(Business).where(own).values(closed_at=clock.actual()), expect=1)
        past = clock.actual() - timedelta(seconds=1)
        db.run(update(Approval).where(Approval.business_id == shop.business_id).values(not_before=past))

    ended = decide_approval.carry_out(shop.business_id, row.id)

    with db.system_phase("test.opened"):  # nobody approved that it closes
        db.write(update(Business).where(Business.id == shop.business_id).values(closed_at=None), expect=1)
    limits = shop.one(select(Business.approval_limits).where(Business.id == shop.business_id)).approval_limits
    assert (ended, limits) == ("failed", {"refund": {"USD": 100}})


def _product(shop: Shop) -> str:
    return str(shop.one(select(Product.status).where(Product.id == shop.product_id)).status)


def _finished(shop: Shop, run_id: uuid.UUID) -> object:
    return shop.one(select(BulkRun.finished_at).where(BulkRun.id == run_id)).finished_at
