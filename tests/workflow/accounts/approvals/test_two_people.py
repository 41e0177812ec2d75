"""What takes two people besides large amounts: small refunds that add up."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Approval
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.payments.refund_order import refund_order
from tests.factories.approvals import ANN, BEN, approval_of
from tests.factories.people import make_members
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def _team(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)


def test_small_refunds_of_a_day_count_as_one(shop: Shop, clock: Any) -> None:
    set_approval_limits(shop.business_id, {"refund": {"USD": 500}})
    first, second = shop.paid_order(), shop.paid_order()

    def refund(order_id: uuid.UUID, minor: int, by: str = ANN) -> None:
        refund_order(shop.business_id, order_id, amount_minor=minor, reason="goodwill", actor=by)

    refund(first, 300)
    with pytest.raises(ApprovalNeeded) as raised:
        refund(second, 300, BEN)
    refund(second, 200)  # together 5.00: up to the limit
    assert decide_approval.approve(shop.business_id, approval_of(shop, raised).id, actor=ANN) == "done"
    with pytest.raises(ApprovalNeeded):
        refund(first, 1)
    refund(shop.paid_order(buyer="buyer-2"), 500)
    shop.work_off()
    clock.move(24 * 3600 + 60)
    refund(first, 300)

    shop.work_off()
    assert shop.order(first).refunded_minor == 600
    with db.reading(shop.business_id):
        assert db.scalar(select(Approval.id).where(Approval.business_id == shop.business_id).limit(1))
