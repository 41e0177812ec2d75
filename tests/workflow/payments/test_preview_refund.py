"""What a refund would do, said before it is done, and done as it was said."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from app.core.errors import AppError, NotFound
from app.core.ids import new_id
from app.domain.orders.models import OrderLine
from app.domain.payments.types import RefundLineCommand
from app.workflow.payments import manage_channels
from app.workflow.payments.preview_refund import RefundPreview, preview_refund
from tests.factories.shop import Shop


def _preview(
    shop: Shop, order_id: uuid.UUID, amount_minor: int | None = None, lines: Sequence[RefundLineCommand] = ()
) -> RefundPreview:
    return preview_refund(
        shop.business_id, order_id, amount_minor=amount_minor, lines=lines, reason="asked", actor="test"
    )


def test_an_order_paid_from_two_sources_goes_back_to_the_channel_first(shop: Shop) -> None:
    manage_channels.add_channel_account(shop.business_id, channel="wallet", name="Balance", values={})
    shop.fund("ada", 600)
    order_id = shop.place(2, buyer="ada")
    attempt_id = shop.pay(order_id, wallet_minor=600)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    found = [_preview(shop, order_id, minor) for minor in (1000, 1500, None)]

    assert [[(each.channel, each.amount_minor) for each in one.sources] for one in found] == [
        [("simulator", 1000)],
        [("simulator", 1400), ("wallet", 100)],
        [("simulator", 1400), ("wallet", 600)],
    ]
    assert [one.left_minor for one in found] == [1000, 500, 0]
    assert [len(one.revoked_lines) for one in found] == [0, 0, 1]
    assert shop.refunds(order_id) == []


def test_the_refund_does_what_was_said(shop: Shop) -> None:
    order_id = shop.paid_order(3)
    lines_of = OrderLine.__table__
    [line] = shop.many(lines_of.select().where(lines_of.c.order_id == order_id))
    lines = [RefundLineCommand(line_id=line.id, quantity=2)]

    first = _preview(shop, order_id, lines=lines)
    shop.refund(order_id, first.money.minor)
    rest = _preview(shop, order_id)

    assert (first.money.minor, first.left_minor, first.revoked_lines) == (2000, 1000, frozenset())
    assert (rest.money.minor, rest.left_minor, rest.revoked_lines) == (1000, 0, frozenset({line.id}))


@pytest.mark.parametrize(
    ("minor", "code"), [(0, "invalid_amount"), (-1, "invalid_amount"), (1001, "refund_exceeds_rest")]
)
def test_what_the_refund_would_refuse_is_refused(shop: Shop, minor: int, code: str) -> None:
    order_id = shop.paid_order()

    with pytest.raises(AppError) as refused:
        _preview(shop, order_id, minor)

    assert refused.value.code == code


def test_unpaid_unknown_and_others_orders_are_refused(shop: Shop) -> None:
    with pytest.raises(AppError) as unpaid:
        _preview(shop, shop.place())
    with pytest.raises(NotFound):
        _preview(shop, new_id())

    assert unpaid.value.code == "not_refundable"
