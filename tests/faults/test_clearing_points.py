"""Whoever clears an order is stopped dead: it is cleared whole, once, by whoever comes next."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from app.core.last_read import LastRead
from app.domain.settlement.clearing.types import BUSINESS, ShareTerms
from app.workflow.accounts.approvals import decide_approval
from app.workflow.orders.complete_orders import complete_order
from app.workflow.settlement import pay_batch
from tests.factories.partners import sharer_of
from tests.factories.shop import Shop


@pytest.mark.parametrize("point", ["clear_order.clear.before_commit", "clear_order.clear.after"])
def test_an_order_that_is_cleared(shop: Shop, dies: Callable[..., None], point: str) -> None:
    sharer = sharer_of(shop)
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    order_id = shop.paid_order()
    complete_order(shop.business_id, order_id, actor="test", then=LastRead(lambda: None))

    dies(shop, "clear_order", order_id, at=point)
    left = sharer.owed(ada)
    shop.work_off()

    assert left == (0 if point.endswith("before_commit") else 700)
    assert sharer.sums(order_id) == {str(ada): 700, BUSINESS: 300}
    assert sharer.owed(ada) == 700
    shop.audit()


@pytest.mark.parametrize("point", ["clear_order.clear.before_commit", "clear_order.clear.after"])
def test_a_refund_that_is_taken_back(shop: Shop, dies: Callable[..., None], point: str) -> None:
    sharer = sharer_of(shop)
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    order_id = sharer.sold()
    transaction_id = shop.refund(order_id, 500)
    shop.poll(shop.refund_attempt(transaction_id).id)

    dies(shop, "clear_order", order_id, at=point)
    shop.work_off()

    assert sharer.owed(ada) == 350
    shop.audit()


POINTS = (
    *("pay_batch.approve.before_commit", "pay_batch.approve.after"),
    *("pay_batch.reserve.before_commit", "pay_batch.reserve.after", "send_payout.call.after"),
)


@pytest.mark.parametrize("point", POINTS)
def test_a_batch_that_is_paid(shop: Shop, dies: Callable[..., None], clock: ModuleType, point: str) -> None:
    sharer = sharer_of(shop)
    ada = sharer.partner()
    sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.pay_to(ada)
    sharer.sold()
    batch_id = sharer.close(ada)
    approval_id = pay_batch.request(shop.business_id, batch_id, actor=sharer.maker)

    dies(shop, "approve_as_owner", approval_id, at=point)
    clock.move(120)
    decide_approval.sweep_approvals()
    row = sharer.batch(batch_id)
    shop.poll(shop.refund_attempt(row.transaction_id).id)

    assert (sharer.batch(batch_id).status, sharer.batch(batch_id).tries) == ("paid", 1)
    assert sharer.owed(ada) == 0
    shop.audit()
