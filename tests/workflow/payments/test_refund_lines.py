"""Refunds of chosen lines, beside refunds by amount, on orders of several lines."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app.core import db
from app.core.ids import new_id, show
from app.domain.catalog.models import Sku
from app.domain.orders import types
from app.domain.orders.models import OrderLine
from app.domain.payments.errors import NotRefundable
from app.domain.payments.models import PaymentAttempt, PaymentTransaction, RefundLine
from app.domain.payments.types import RefundLineCommand
from app.workflow.orders import place_order
from app.workflow.payments import refund_order
from tests.factories.shop import Shop


@pytest.fixture
def order(shop: Shop) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A paid order of two units at 10.00 and one at 3.33, and its lines."""
    cheap = new_id()
    with db.phase("test.sku", shop.business_id):
        db.add(Sku, id=cheap, product_id=shop.product_id, code="CHEAP", name="1 week", price_minor=333, currency="USD")
    items = [types.OrderItem(shop.sku_id, 2), types.OrderItem(cheap, 1)]
    command = types.PlaceOrderCommand(items=items, buyer=types.Buyer(reference="buyer-1"))
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    lines = OrderLine.__table__
    rows = shop.many(select(lines.c.id).where(lines.c.order_id == order_id).order_by(lines.c.position))
    return order_id, [row.id for row in rows]


def _refund(shop: Shop, order_id: uuid.UUID, *commands: RefundLineCommand) -> uuid.UUID:
    return refund_order.refund_order(
        shop.business_id, order_id, amount_minor=None, lines=commands, reason="asked", actor="test"
    )


def _parts(shop: Shop, transaction_id: uuid.UUID) -> dict[uuid.UUID, tuple[int | None, int]]:
    lines = RefundLine.__table__
    rows = shop.many(select(lines).where(lines.c.transaction_id == transaction_id))
    return {row.line_id: (row.quantity, row.amount_minor) for row in rows}


def test_pieces_of_a_line_go_back_and_no_more_than_there_were(
    shop: Shop, order: tuple[uuid.UUID, list[uuid.UUID]]
) -> None:
    order_id, (dear, cheap) = order

    first = _refund(
        shop, order_id, RefundLineCommand(line_id=dear, quantity=1), RefundLineCommand(line_id=cheap, amount_minor=100)
    )
    with pytest.raises(NotRefundable):
        _refund(shop, order_id, RefundLineCommand(line_id=dear, quantity=2))
    rest = shop.refund(order_id)

    assert _parts(shop, first) == {dear: (1, 1000), cheap: (None, 100)}
    assert _parts(shop, rest) == {dear: (None, 1000), cheap: (None, 233)}
    assert shop.order(order_id).status == "refunded"


def test_an_amount_falls_on_every_line_and_counts_against_it(
    shop: Shop, order: tuple[uuid.UUID, list[uuid.UUID]]
) -> None:
    order_id, (dear, cheap) = order
    by_amount = shop.refund(order_id, 1000)

    with pytest.raises(NotRefundable):
        _refund(shop, order_id, RefundLineCommand(line_id=cheap, amount_minor=333))
    _refund(shop, order_id, RefundLineCommand(line_id=cheap, quantity=1))

    assert _parts(shop, by_amount) == {dear: (None, 857), cheap: (None, 143)}
    assert shop.order(order_id).refunded_minor == 1000 + 333 - 143


def test_a_line_whose_refund_failed_can_be_refunded_again(shop: Shop, order: tuple[uuid.UUID, list[uuid.UUID]]) -> None:
    order_id, (dear, _) = order
    shop.script("refund", "decline", out_trade_no=_charge_ref(shop, order_id), times=1)

    _refund(shop, order_id, RefundLineCommand(line_id=dear, quantity=2))
    _refund(shop, order_id, RefundLineCommand(line_id=dear, quantity=2))

    assert [refund.status for refund in shop.refunds(order_id)] == ["failed", "succeeded"]
    assert shop.order(order_id).refunded_minor == 2000


def _charge_ref(shop: Shop, order_id: uuid.UUID) -> str:
    found = shop.one(
        select(PaymentAttempt.id)
        .join(PaymentTransaction, PaymentTransaction.id == PaymentAttempt.transaction_id)
        .where(PaymentTransaction.order_id == order_id, PaymentTransaction.kind == "charge")
    )
    return show("att", found.id)
