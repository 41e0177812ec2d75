"""What follows which event: done together or one by one the same, and once however often it is told."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db, outbox, settings
from app.core.db.models import OutboxEvent
from app.core.outbox import Event
from app.domain.fulfilment.models import Delivery, Entitlement
from app.domain.ledger.models import LedgerEntry
from app.domain.marketing.models import CouponUse
from app.domain.notifications.mails.models import Mail
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments.models import PaymentTransaction
from app.workflow.operations.subscribers import BATCHES, PUBLIC_ONLY, SUBSCRIBERS
from app.workflow.orders.place_order import place_order
from app.workflow.steps.operations.open_event_cases import KINDS
from tests.factories.coupons import active_template
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def _with_mail(app: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app
    there = replace(settings.current(), mail_url=(tmp_path / "mail").as_uri(), mail_from="receipts@bursar.test")
    monkeypatch.setattr(settings, "_current", there)


@pytest.mark.parametrize("batches", [BATCHES, {}], ids=["together", "one by one"])
def test_paid_orders_are_delivered_and_their_receipts_queued(shop: Shop, batches: dict[str, Any]) -> None:
    orders = [_paid(shop) for _ in range(3)]

    outbox.drain(shop.business_id, SUBSCRIBERS, batches)

    assert [shop.order(order_id).status for order_id in orders] == ["fulfilled"] * 3
    assert len(shop.entitlements()) == 3
    assert {row.order_id for row in shop.many(select(Mail.order_id).where(Mail.kind == "receipt"))} == set(orders)


def test_a_refund_takes_goods_and_coupons_back_and_tells_the_buyer(shop: Shop) -> None:
    active_template(shop.business_id, shared_code="BACK", refund_rule="return")
    order_id = _paid(shop, "BACK")
    shop.work_off()

    shop.refund(order_id)
    shop.work_off()

    assert [row.status for row in shop.entitlements()] == ["revoked"]
    assert [row.released for row in shop.many(select(CouponUse.__table__))] == [True]
    assert sorted(row.kind for row in shop.many(select(Mail.kind))) == ["receipt", "refund"]


def test_every_handler_that_is_called_again_changes_nothing(shop: Shop) -> None:
    active_template(shop.business_id, shared_code="BACK", refund_rule="return")
    kept, back = _paid(shop, "BACK"), _paid(shop, "BACK")
    shop.work_off()
    shop.refund(back)
    shop.refund(kept, 100)
    shop.work_off()
    before, called = _state(shop), set()

    for event in _events(shop):
        for name, handle in SUBSCRIBERS.get(event.topic, ()):
            handle(event)
            called.add(name)
    with db.phase("test.together", shop.business_id):
        BATCHES["order.paid"]([event for event in _events(shop) if event.topic == "order.paid"])
    shop.work_off()

    assert _state(shop) == before
    assert called >= {"deliver", "mail_receipt", "take_back", "return_coupons", "take_back_lines", "mail_refund"}


def test_handlers_that_owe_money_or_goods_open_a_case_when_they_are_given_up() -> None:
    handlers = {name for each in SUBSCRIBERS.values() for name, _ in each}

    # Mandates and disputes are asked about again in any case, and a dispute has a case of its own.
    followed = {"follow_mandate", "follow_dispute", "hold_disputed", "release_disputed", "end_disputed"}
    assert set(KINDS) == {name for name in handlers if not name.startswith("mail_")} - followed
    assert set(BATCHES) <= set(SUBSCRIBERS)
    assert not PUBLIC_ONLY & set(SUBSCRIBERS)


def _paid(shop: Shop, *codes: str) -> uuid.UUID:
    """An order that is paid, and of which no handler has heard."""
    buyer = Buyer(reference="buyer-1", email="ada@example.com")
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1)], buyer=buyer, coupon_codes=codes)
    order_id = place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    return order_id


def _events(shop: Shop) -> list[Event]:
    table = OutboxEvent.__table__
    rows = shop.many(select(table).where(table.c.business_id == shop.business_id).order_by(table.c.id))
    return [
        Event(row.id, row.business_id, row.topic, row.aggregate_id, row.sequence, row.payload, row.request_id)
        for row in rows
    ]


def _state(shop: Shop) -> dict[str, Any]:
    """How many rows there are of what handlers write, and where the orders' goods stand."""
    models: tuple[Any, ...] = (Mail, Delivery, Entitlement, PaymentTransaction, LedgerEntry, CouponUse, OutboxEvent)
    counts = {
        model.__tablename__: shop.one(
            select(func.count().label("number")).where(model.business_id == shop.business_id)
        ).number
        for model in models
    }
    return counts | {"goods": [(row.id, row.status) for row in shop.entitlements()]}
